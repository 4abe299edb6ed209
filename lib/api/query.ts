import type { FastifyRequest } from 'fastify';

/** The query of a request, each name with its last text. */
export function queryOf(request: FastifyRequest): Readonly<Record<string, string | undefined>> {
  const { texts } = request.query as { readonly texts?: URLSearchParams };
  return Object.fromEntries(texts ?? []);
}
