import fc from 'fast-check';
import t from 'tap';
import type { CensusReport } from '../../../schemas/index.js';
import {
  type CensusFacts,
  holdersByReports,
  planCensus,
  rebuilt,
  runTwice,
} from '../../../lib/ownership/census.js';

const ID = 'a65d3d7c-a1ba-4f05-8dbc-d994b425886e';
const OTHER = 'b65d3d7c-a1ba-4f05-8dbc-d994b425886e';
const VM = '00000001-0000-4000-8000-000000000001';

function report(node: string, more: Partial<CensusReport> = {}): CensusReport {
  const remembered = { cluster: ID, incarnation: 3, epoch: 12, zxid: '0x100', nodes: [] };
  return { v: 1, node, boot: `boot-of-${node}`, incarnation: 3, at: 1, domains: [], remembered, ...more };
}

function runs(node: string, role: 'run' | 'incoming' = 'run'): CensusReport {
  return report(node, { domains: [{ uuid: VM, role, seen: 'libvirt' }] });
}

const FACTS: CensusFacts = {
  cluster: { id: ID, incarnation: 3 },
  epoch: 13,
  nodes: ['hv1', 'hv2'],
  reports: [report('hv1'), report('hv2')],
  off: [],
};

void t.test('without a report there is no census', (t) => {
  t.match(planCensus({ ...FACTS, reports: [] }), { do: 'rest', reason: /nobody/ });
  t.end();
});

void t.test('N7 it waits for every node, named, unless it is confirmed off', (t) => {
  const one = { ...FACTS, nodes: ['hv1', 'hv2', 'hv3'] };
  t.match(planCensus(one), { do: 'rest', reason: /waits for hv3:/ });
  t.match(planCensus({ ...one, off: ['hv3'] }), { step: { kind: 'rebuild' } });
  t.match(planCensus({ ...one, off: ['hv2'] }), { do: 'rest', reason: /waits for hv3:/ });
  t.end();
});

void t.test('M10 nodes of two clusters in one store never count together', (t) => {
  const remembered = { ...report('hv2').remembered, cluster: OTHER, epoch: 9_000 };
  const plan = planCensus({ ...FACTS, reports: [report('hv1'), report('hv2', { remembered })] });
  t.match(plan, { do: 'rest', reason: new RegExp(OTHER) });
  t.end();
});

void t.test('it first leads above every epoch that a node has seen, before it waits for anybody', (t) => {
  const seen = { ...report('hv1').remembered, epoch: 50 };
  const facts = { ...FACTS, reports: [report('hv1', { remembered: seen })] };
  t.match(planCensus(facts), { step: { kind: 'outgrow', epoch: 50 } });
  t.match(planCensus({ ...facts, epoch: 51 }), { do: 'rest', reason: /waits for hv2/ });
  t.end();
});

void t.test('the incarnation rises above the tree and everyone’s memory, the id is kept', (t) => {
  const seen = { ...report('hv1').remembered, incarnation: 8 };
  const facts = { ...FACTS, reports: [report('hv1', { remembered: seen }), report('hv2')] };
  t.match(planCensus(facts), { step: { kind: 'rebuild', id: ID, incarnation: 9 } });
  t.match(planCensus({ ...facts, cluster: undefined }), { step: { id: ID, incarnation: 9 } });
  t.match(planCensus({ ...facts, cluster: { id: ID, incarnation: 20 } }), { step: { incarnation: 21 } });
  t.end();
});

void t.test('a first start makes the first incarnation, of a cluster without a name yet', (t) => {
  const remembered = { incarnation: 0, epoch: 0, zxid: '0x0', nodes: [] };
  const reports = [
    report('hv1', { remembered, incarnation: 0 }),
    report('hv2', { remembered, incarnation: 0 }),
  ];
  const plan = planCensus({ ...FACTS, cluster: undefined, reports });
  t.match(plan, { step: { kind: 'rebuild', id: undefined, incarnation: 1 } });
  t.end();
});

void t.test('N5 the records say what the nodes say, both sides of a migration too', (t) => {
  const holders = holdersByReports([runs('hv1'), runs('hv2', 'incoming'), report('hv3')]);
  t.match(
    [...holders],
    [
      [
        VM,
        [
          { node: 'hv1', role: 'run' },
          { node: 'hv2', role: 'incoming' },
        ],
      ],
    ],
  );
  t.same(runTwice(holders), []);
  t.end();
});

void t.test('a VM that runs on two nodes keeps both as holders and is told', (t) => {
  const holders = holdersByReports([runs('hv1'), runs('hv2')]);
  t.equal(holders.get(VM)?.length, 2);
  t.same(runTwice(holders), [VM]);
  t.end();
});

void t.test('a record is rewritten only when it differs, and then its epoch grows', (t) => {
  const [holder] = holdersByReports([runs('hv1')]).get(VM) ?? [];
  const edges = [{ word: 'restart', mzxid: '0x5', since: 1 }] as const;
  const run = { v: 1, epoch: 7, holders: [{ ...holder!, attempt: 'a', since: 99 }], edges };
  t.equal(rebuilt(run, [holder!]), undefined, 'attempt and time are the node’s own matter');
  t.match(rebuilt(run, []), { epoch: 8, holders: [], edges });
  t.match(rebuilt(run, [{ ...holder!, boot: 'another' }]), { epoch: 8, holders: [{ boot: 'another' }] });
  t.match(rebuilt(run, [{ ...holder!, role: 'incoming' }]), { epoch: 8 });
  t.match(rebuilt(undefined, [holder!]), { epoch: 1, holders: [{ node: 'hv1' }], edges: [] });
  t.equal(rebuilt(undefined, []), undefined);
  t.end();
});

void t.test('rebuilding from the same reports again changes nothing more', (t) => {
  const reports = fc.uniqueArray(
    fc.record({ node: fc.constantFrom('hv1', 'hv2', 'hv3'), role: fc.constantFrom('run', 'incoming') }),
    { selector: ({ node }) => node },
  );
  fc.assert(
    fc.property(reports, reports, (before, after) => {
      const of = (list: typeof before) =>
        holdersByReports(list.map(({ node, role }) => runs(node, role))).get(VM) ?? [];
      const run = rebuilt(undefined, of(before));
      const next = rebuilt(run && { v: 1, ...run }, of(after));
      const last = next ?? run;
      return rebuilt(last && { v: 1, ...last }, of(after)) === undefined;
    }),
  );
  t.end();
});
