import t from 'tap';
import { Backoff } from '../../../../lib/adapters/zookeeper/backoff.js';
import { addressText, parseAddress, Servers } from '../../../../lib/adapters/zookeeper/servers.js';
import type { Random } from '../../../../lib/core/index.js';
import { LIMITS } from '../../../../lib/core/index.js';

/** Always the same share of the range: 0 lowest, 1 highest. */
const share = (part: number): Random => ({ uint32: () => Math.floor(part * 0xffff_ffff) });

void t.test('an address is host:port or [address]:port', (t) => {
  t.same(parseAddress('zk1.example:2181'), { host: 'zk1.example', port: 2181 });
  t.same(parseAddress('[fd00::1]:2182'), { host: 'fd00::1', port: 2182 });
  for (const text of ['zk1:2181', '[::1]:9']) t.equal(addressText(parseAddress(text)), text);
  for (const text of [
    '',
    'zk1',
    'zk1:',
    ':2181',
    'zk1:0',
    'zk1:65536',
    '::1:2181',
    '[::1]',
    'a:1/x',
    'a b:1',
  ])
    t.throws(() => parseAddress(text), { code: 'BAD_INPUT' }, JSON.stringify(text));
  t.end();
});

void t.test('every server gets its turn, in an order left to chance', (t) => {
  const texts = ['a:1', 'b:1', 'c:1'];
  const orders = new Set<string>();
  for (const part of [0, 0.4, 0.99]) {
    const servers = new Servers(texts, share(part));
    const round = [servers.next(), servers.next(), servers.next()].map(({ host }) => host);
    t.same([...round].sort(), ['a', 'b', 'c']);
    t.equal(servers.next().host, round[0]);
    orders.add(round.join(''));
  }
  t.ok(orders.size > 1);
  t.throws(() => new Servers([], share(0)), { code: 'BAD_INPUT' });
  t.end();
});

void t.test('zk-9: the pause doubles up to the longest, half of it left to chance', (t) => {
  const { storeReconnectFirstMs: first, storeReconnectLastMs: last } = LIMITS;
  for (const [part, factor] of [
    [0, 0.5],
    [1, 1],
  ] as const) {
    const backoff = new Backoff(share(part));
    t.equal(backoff.pause(last), 0, 'at once at first');
    for (let failures = 1; failures <= 12; failures += 1) {
      backoff.failed();
      const full = Math.min(last, first * 2 ** (failures - 1));
      t.ok(Math.abs(backoff.pause(last) - full * factor) <= 1, `${failures} failures, chance ${part}`);
    }
    t.ok(backoff.pause(100) <= 100, 'never longer than asked');
    backoff.succeeded();
    t.equal(backoff.pause(last), 0);
  }
  t.end();
});
