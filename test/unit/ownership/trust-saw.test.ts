import t from 'tap';
import { Memory, Trust } from '../../../lib/ownership/index.js';
import { Scope, SILENT } from '../../../lib/core/index.js';
import { SimFiles } from '../../../lib/sim/index.js';
import { simWorld } from '../../support/sim-world.js';

void t.test(
  'what a node sees before it has a session key says nothing against the tree of that key',
  async (t) => {
    const world = simWorld(1);
    const { store, process } = await world.client('hv1');
    const memory = await Memory.load(new SimFiles(), '/memory.json', SILENT);
    type Key = { readonly session: string; readonly path: string; readonly czxid: bigint };
    let proof: Key | undefined = undefined as Key | undefined;
    const trust = new Trust(new Scope('test'), {
      me: { node: 'hv1', boot: 'b' },
      store,
      clock: process.clock,
      memory,
      log: SILENT,
      proof: () => proof,
      domains: () => Promise.resolve([]),
      onChange: () => undefined,
    });
    const before = memory.remembered.zxid;
    await trust.saw(99n);
    t.equal(memory.remembered.zxid, before, 'it is not remembered');
    proof = { session: 's', path: '/drover/sessions/hv1', czxid: 98n };
    await trust.saw(100n);
    t.equal(memory.remembered.zxid, '0x64', 'with a key it is');
  },
);
