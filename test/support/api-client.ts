import {
  ApiClient,
  type Connection,
  type Transport,
  type WireReply,
  type WireRequest,
} from '../../lib/client/index.js';
import { type ApiWorld, TOKENS } from './api-world.js';

export const HERE: Connection = { host: '127.0.0.1', port: 7370, scheme: 'http' };

/** A client of the API of `world`, without sockets; `sent` is what went over the wire. */
export function clientOf(world: ApiWorld, connection: Partial<Connection> = { token: TOKENS.admin }) {
  const sent: WireRequest[] = [];
  const transport: Transport = {
    send: async (request) => {
      sent.push(request);
      const { method, path: url, headers, body } = request;
      const reply = await world.app.inject({
        method,
        url,
        headers,
        ...(body === undefined ? {} : { payload: body }),
      });
      return { status: reply.statusCode, text: reply.body };
    },
    close: () => world.app.close().then(() => undefined),
  };
  const client = new ApiClient({ connection: { ...HERE, ...connection }, clock: world.clock, transport });
  return { client, sent, transport };
}

/** A transport that gives these answers in turn, the last one again and again; an error is thrown. */
export function scripted(answers: readonly (WireReply | Error)[]) {
  const sent: WireRequest[] = [];
  const transport: Transport = {
    send: (request) => {
      const answer = answers[Math.min(sent.length, answers.length - 1)];
      sent.push(request);
      return answer instanceof Error || answer === undefined
        ? Promise.reject(answer ?? new Error('no answer'))
        : Promise.resolve(answer);
    },
    close: () => Promise.resolve(),
  };
  return { transport, sent };
}
