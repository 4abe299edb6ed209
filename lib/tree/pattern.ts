import { DroverError } from '../core/index.js';

/** The names in a pattern: `/domains/{uuid}/state` needs `{ uuid }`. */
export type Params<Pattern extends string> = Pattern extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Name]: string } & Params<Rest>
  : unknown;

/** The names as trailing arguments: none at all when the pattern has none. */
export type ParamArgs<Pattern extends string> = keyof Params<Pattern> extends never
  ? []
  : [params: { readonly [K in keyof Params<Pattern>]: string }];

/** Code units that the store refuses in a path, by the rules of ZooKeeper 3.8. */
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/** Why `name` cannot be one component of a path, or undefined when it can. */
export function componentFault(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name === '.' || name === '..') return 'it is a relative path';
  if (name.includes('/')) return 'it has a slash';
  if (FORBIDDEN.test(name)) return 'it has a character that the store does not allow';
  return undefined;
}

/** `name` if it can be one component of a path, else BAD_INPUT that names `what` it was for. */
export function component(name: string, what: string): string {
  const fault = componentFault(name);
  if (fault === undefined) return name;
  throw new DroverError('BAD_INPUT', {
    object: `${what} ${JSON.stringify(name.slice(0, 80))}`,
    reason: `it cannot be a key of the store: ${fault}`,
  });
}

/** The name in a placeholder segment, or undefined for a literal one. */
export function placeholder(segment: string): string | undefined {
  return /^\{(\w+)\}$/.exec(segment)?.[1];
}

/** The path of `pattern` with its placeholders filled. BAD_INPUT when a name cannot be a component. */
export function fill(pattern: string, params: Readonly<Record<string, string>>): string {
  return pattern
    .split('/')
    .map((segment) => {
      const name = placeholder(segment);
      return name === undefined ? segment : component(params[name] ?? '', name);
    })
    .join('/');
}
