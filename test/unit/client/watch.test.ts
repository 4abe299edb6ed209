import t from 'tap';
import { ApiClient, type Transport, type WireReply } from '../../../lib/client/index.js';
import { DroverError, LIMITS } from '../../../lib/core/index.js';
import { SimClock } from '../../../lib/sim/index.js';
import { HERE, scripted } from '../../support/api-client.js';

function reply(state: string, current = 0): WireReply {
  return { status: 200, text: JSON.stringify({ state, current, total: 9, status: '', id: 't', name: 'k' }) };
}

const GONE = new DroverError('API_UNREACHABLE', { object: 'x', reason: 'refused' });

function watching(transport: Transport, signal?: AbortSignal) {
  const clock = new SimClock();
  const client = new ApiClient({ connection: HERE, clock, transport });
  const seen: string[] = [];
  const work = async () => {
    for await (const { state, current } of client.tasks.watch('t', signal)) seen.push(`${state} ${current}`);
  };
  return { clock, seen, done: clock.settle(work()) };
}

void t.test('each state once, the last one included, then the end', async (t) => {
  const { transport, sent } = scripted([
    reply('PENDING'),
    reply('PENDING'),
    reply('RUNNING', 1),
    reply('RUNNING', 2),
    reply('RUNNING', 2),
    reply('SUCCESS', 9),
  ]);
  const { seen, done } = watching(transport);
  await done;
  t.same(seen, ['PENDING 0', 'RUNNING 1', 'RUNNING 2', 'SUCCESS 9']);
  t.equal(sent.length, 6);
});

void t.test('while nothing happens it asks ever more rarely', async (t) => {
  const { transport, sent } = scripted([
    ...Array.from({ length: 40 }, () => reply('RUNNING', 1)),
    reply('FAILURE'),
  ]);
  const { clock, done } = watching(transport);
  await done;
  t.equal(sent.length, 41);
  const longest = 41 * LIMITS.clientWatchLastMs;
  t.ok(clock.monotonic() > longest * 0.7 && clock.monotonic() < longest, 'near the longest pause each');
});

void t.test('a change of the primary is waited out', async (t) => {
  const busy = { status: 503, text: '{"message":"there is no primary"}' };
  const { transport } = scripted([
    reply('RUNNING', 1),
    GONE,
    GONE,
    busy,
    reply('RUNNING', 2),
    GONE,
    reply('REVOKED'),
  ]);
  const { seen, done } = watching(transport);
  await done;
  t.same(seen, ['RUNNING 1', 'RUNNING 2', 'REVOKED 0']);
});

void t.test('an API that stays away ends the watch with its own error, after its limit', async (t) => {
  const { clock, done } = watching(scripted([reply('RUNNING', 1), GONE]).transport);
  await t.rejects(done, { code: 'API_UNREACHABLE' });
  t.ok(clock.monotonic() >= LIMITS.clientLostMs);
});

void t.test('D8 a task that does not exist, or that one may not see, ends it at once', async (t) => {
  for (const status of [404, 401]) {
    const { transport, sent } = scripted([{ status, text: '{"message":"no"}' }]);
    await t.rejects(watching(transport).done, { name: 'Refused', status, message: 'no' });
    t.equal(sent.length, 1);
  }
});

void t.test('it can be ended', async (t) => {
  const end = new AbortController();
  const { transport } = scripted([reply('RUNNING', 1)]);
  const { clock, done } = watching(transport, end.signal);
  clock.after(5_000, () => {
    end.abort(new DroverError('CANCELLED', { object: 'watch', reason: 'enough' }));
  });
  await t.rejects(done, { code: 'CANCELLED' });
});
