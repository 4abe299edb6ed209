import t from 'tap';
import { planPrimary, type PrimaryFacts } from '../../../lib/node/index.js';

const facts = (change: Partial<PrimaryFacts>): PrimaryFacts => ({
  me: 'hv1',
  named: 'hv1',
  version: 7,
  left: 7,
  able: false,
  ...change,
});

void t.test('the key names the primary, and a foreign write there is a request', (t) => {
  const cases: [string, Partial<PrimaryFacts>, object][] = [
    ['it names this node', {}, { do: 'rest' }],
    [
      'a new term writes over the former primary at once',
      { named: 'hv2', left: undefined, able: true },
      { step: { kind: 'name' } },
    ],
    [
      'and over nothing',
      { named: undefined, version: undefined, left: undefined },
      { step: { kind: 'name' } },
    ],
    [
      'the key vanished: that asks for nothing',
      { named: undefined, version: undefined },
      { step: { kind: 'name' } },
    ],
    [
      '`none` gives the lead away',
      { named: undefined, version: 8 },
      { step: { kind: 'yield', to: undefined } },
    ],
    ['a name directs it', { named: 'hv2', version: 8, able: true }, { step: { kind: 'yield', to: 'hv2' } }],
    [
      'a node that cannot lead is refused',
      { named: 'hv9', version: 8 },
      { step: { kind: 'refuse', wanted: 'hv9' } },
    ],
  ];
  for (const [what, change, expected] of cases) t.match(planPrimary(facts(change)), expected, what);
  t.end();
});
