import t from 'tap';
import { liveLives } from '../support/life-seeds.js';

void t.test(
  'I1 I7 I8 I9 I10: VMs are as wished after any faults of daemons, nodes, libvirt and guests',
  (t) => liveLives(t, { from: 1, count: 150, chaos: false }),
);

void t.test('I1 I7 I8 I9 I10: and when the store loses replies, answers late, and ends sessions', (t) =>
  liveLives(t, { from: 10_001, count: 100, chaos: true }),
);
