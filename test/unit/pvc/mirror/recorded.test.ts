import { readFileSync } from 'node:fs';
import t from 'tap';
import { request } from 'undici';
import { boundaryOf } from '../../../../lib/pvc/mirror/multipart.js';
import { changesIn } from '../../../../lib/pvc/mirror/parts.js';
import { PvcWorld, TOKEN } from '../../../support/pvc-world.js';

interface Recorded {
  readonly n: number;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  readonly body?: string;
  readonly bodyFirstBytesHex?: string;
  readonly status: number;
  readonly response: string;
}

const conversation = readFileSync('test/fixtures/pvc/mirror-conversation.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

/** The body of a call: those of blocks were recorded by their first bytes alone. */
function bodyOf(call: Recorded): Buffer | undefined {
  if (call.body !== undefined) return Buffer.from(call.body);
  if (call.bodyFirstBytesHex === undefined) return undefined;
  const first = Buffer.from(call.bodyFirstBytesHex, 'hex');
  if (call.method === 'POST') return Buffer.concat([first, Buffer.alloc(call.bodyBytes - first.length, 5)]);
  const end = Buffer.from(`\r\n--${boundaryOf(call.requestHeaders['content-type']) ?? ''}--\r\n`);
  const head = first.indexOf('\r\n\r\n') + 4;
  const length = 16 + Number(first.readBigUInt64BE(head + 8));
  return Buffer.concat([first, Buffer.alloc(head + length - first.length, 6), end]);
}

void t.test('what a PVC cluster said to another it can say to ours, and hears the same', async (t) => {
  const world = await PvcWorld.open();
  t.teardown(() => world.close());
  for (const call of conversation) {
    const body = bodyOf(call);
    const { 'content-type': type } = call.requestHeaders;
    const reply = await request(`${world.uri}${call.url.replace('/api/v1', '')}`, {
      method: call.method,
      headers: { 'x-api-key': TOKEN, ...(type === undefined ? {} : { 'content-type': type }) },
      body: body ?? null,
    });
    const text = await reply.body.text();
    t.equal(reply.statusCode, call.status, `${call.n} ${call.method} ${call.url}: ${text.slice(0, 300)}`);
    if (!/\/vm\/\w+$|\/volume\//.test(call.url) || call.status !== 200) continue;
    const [ours, theirs] = [JSON.parse(text), JSON.parse(call.response)] as [object[], object[]];
    const named = (row: object | undefined) => {
      const { name, state, snapshots, stats } = row as Record<string, unknown>;
      const sent = (snapshots as { name: string; rbd_snapshots: string[] }[] | undefined)?.map((one) => [
        one.name,
        one.rbd_snapshots,
      ]);
      return { name, state, sent, size: (stats as { size?: string } | undefined)?.size };
    };
    t.same(named(ours[0]), named(theirs[0]), `${call.n} says the same`);
  }
});

void t.test('the recorded part: where it belongs, and how long it is', async (t) => {
  const call = conversation.find(({ method }) => method === 'PUT');
  const body = call && bodyOf(call);
  if (call === undefined || body === undefined) throw new Error('no call with parts was recorded');
  const boundary = boundaryOf(call.requestHeaders['content-type']) ?? '';
  const seen: (readonly [number, number])[] = [];
  const chunks = (async function* () {
    for (let at = 0; at < body.length; at += 777_777)
      yield await Promise.resolve(body.subarray(at, at + 777_777));
  })();
  for await (const { offset, bytes } of changesIn('it', boundary, chunks)) seen.push([offset, bytes.length]);
  t.same(
    seen,
    [0, 1, 2, 3].map((mib) => [mib * 1024 ** 2, 1024 ** 2]),
  );
});
