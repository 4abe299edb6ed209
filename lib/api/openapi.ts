import type { TObject, TSchema } from 'typebox';
import { Message } from '../../schemas/api.js';
import { VERSION_OF_API } from './prefix.js';
import type { Route } from './route.js';

/** The table of routes as an OpenAPI 3.1 document: it cannot differ from what the server does. */
export function openApi(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes.filter(({ path }) => !path.endsWith('*')))
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Drover',
      version: VERSION_OF_API,
      description:
        'Arguments are read from the query and from a form body; names in a path are percent-encoded.',
    },
    servers: [{ url: '/api/v1' }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'drover_login' },
      },
    },
  };
}

function operation({ path, scope, summary, args, body, status }: Route): object {
  const content = (schema: TSchema) => ({ 'application/json': { schema } });
  return {
    summary,
    parameters: [...namesOf(path), ...parametersOf(args)],
    responses: {
      [status]: {
        description: status === 202 ? 'The task was asked for.' : 'As asked.',
        content: content(body),
      },
      default: { description: 'Refused or failed, and why.', content: content(Message) },
    },
    security: scope === undefined ? [] : [{ key: [] }, { cookie: [] }],
    ...(scope === undefined ? {} : { 'x-scope': scope }),
  };
}

function namesOf(path: string): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function parametersOf(args: TObject): object[] {
  const required: readonly string[] = (args as { readonly required?: readonly string[] }).required ?? [];
  return Object.entries(
    args.properties as Readonly<Record<string, TSchema & { readonly default?: unknown }>>,
  ).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name) && schema.default === undefined,
    schema,
  }));
}
