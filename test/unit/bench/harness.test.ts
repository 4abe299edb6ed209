import t from 'tap';
import { measure, type Outcome, report, spread } from '../../../bench/harness.js';

void t.test('the middle of an odd and of an even number of values', (t) => {
  t.same(spread([3, 1, 2]), { min: 1, median: 2, max: 3 });
  t.same(spread([10, 1, 3, 2]), { min: 1, median: 2.5, max: 10 });
  t.same(spread([7]), { min: 7, median: 7, max: 7 });
  t.end();
});

void t.test('both sides run as often, in turn, after one run that does not count', async (t) => {
  const order: string[] = [];
  const side = (name: string) => () => Promise.resolve(void order.push(name));
  const comparison = { name: 'c', amount: 'one', ours: side('ours'), raw: side('raw') };
  const outcomes: Outcome[] = [];
  for await (const outcome of measure({ name: 'b', comparisons: [comparison] }, 3)) outcomes.push(outcome);
  t.same(order, ['ours', 'raw', 'ours', 'raw', 'raw', 'ours', 'ours', 'raw']);
  t.match(outcomes, [{ benchmark: 'b', comparison: 'c', amount: 'one', runs: 3 }]);
  const [{ ours, raw, ratio }] = outcomes as [Outcome];
  t.equal(ratio, ours.wallMs.median / raw.wallMs.median);
});

void t.test('a side that fails fails the benchmark', async (t) => {
  const comparison = {
    name: 'c',
    amount: 'one',
    ours: () => Promise.resolve(),
    raw: () => Promise.reject(new Error('boom')),
  };
  await t.rejects(measure({ name: 'b', comparisons: [comparison] }, 1).next(), { message: 'boom' });
});

void t.test('the report names everything and the ratio', (t) => {
  const at = (median: number) => ({ min: 1, median, max: 1234.56 });
  const text = report({
    benchmark: 'b',
    comparison: 'c',
    amount: '1 GiB',
    runs: 9,
    ours: { wallMs: at(20), cpuMs: at(5) },
    raw: { wallMs: at(10), cpuMs: at(4) },
    ratio: 2,
  });
  t.match(
    text,
    /^b: c, 1 GiB \(9 runs; min median max\)\n {2}ours .* 1\.0 .* 20\.0 .* 1234\.6 ms .* 5\.0 ms\n {2}raw /,
  );
  t.match(text, /\n {2}ratio 2\.00$/);
  t.end();
});
