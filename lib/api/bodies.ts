import type { FastifyInstance } from 'fastify';
import { DroverError } from '../core/index.js';

/** A definition, and a list of points. */
const JSON_BYTES = 4 * 1024 * 1024;

/** What requests of other clusters carry: JSON, and streams of these types, which are not read here: whoever takes one says how fast. */
export function bodyParsers(app: FastifyInstance, streams: readonly string[]): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: JSON_BYTES },
    (_request, text, done) => {
      try {
        done(null, JSON.parse(String(text)) as unknown);
      } catch {
        done(new DroverError('BAD_INPUT', { object: 'body', reason: 'it is no JSON' }));
      }
    },
  );
  for (const type of streams) app.addContentTypeParser(type, (_request, body, done) => done(null, body));
}
