import type { Static, TObject, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/** The texts of a request by name, from its query and from its form body, in this order. */
export type Texts = URLSearchParams;

/** The arguments of a request, or what to tell the caller about each that is missing or wrong. */
export type Read<S extends TObject> =
  | { readonly ok: true; readonly value: Static<S> }
  | { readonly ok: false; readonly complaints: Readonly<Record<string, string>> };

/** Reads the arguments that `schema` names; whatever else was sent is passed over, as PVC does. */
export function argumentReader<S extends TObject>(schema: S): (texts: Texts) => Read<S> {
  const validator = Compile(schema);
  const properties = Object.entries(schema.properties as Readonly<Record<string, TSchema>>);
  return (texts) => {
    const value: Record<string, unknown> = {};
    for (const [name, property] of properties) {
      const typed = typedValue(property, texts.getAll(name));
      if (typed !== undefined) value[name] = typed;
    }
    if (validator.Check(value)) return { ok: true, value };
    return { ok: false, complaints: complaintsOf(properties, validator.Errors(value)) };
  };
}

/** What of a schema is looked at here. */
interface Described {
  readonly type?: string;
  readonly default?: unknown;
  readonly description?: string;
}

/** Values of the wrong form stay texts: the schema refuses them. Of several texts for one value the last one counts. */
function typedValue(property: Described, texts: readonly string[]): unknown {
  if (property.type === 'array') return texts.length === 0 ? undefined : texts;
  const text = texts.at(-1);
  if (text === undefined) return property.default;
  switch (property.type) {
    case 'boolean':
      return text === '' ? false : (BOOLEANS.get(text.toLowerCase()) ?? text);
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    default:
      return text;
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['y', 'yes', 't', 'true', 'on', '1'].map((word) => [word, true] as const),
  ...['n', 'no', 'f', 'false', 'off', '0'].map((word) => [word, false] as const),
]);

/** The description of each argument that is missing or wrong: it says what is expected. */
function complaintsOf(
  properties: readonly (readonly [string, TSchema])[],
  errors: readonly { readonly keyword: string; readonly instancePath: string; readonly params: object }[],
): Readonly<Record<string, string>> {
  const named = new Set<string>();
  for (const { keyword, instancePath, params } of errors) {
    if (keyword === 'required') {
      const { requiredProperties } = params as { readonly requiredProperties?: readonly string[] };
      for (const name of requiredProperties ?? []) named.add(name);
    } else named.add(instancePath.split('/')[1] ?? '');
  }
  const wrong = properties.filter(([name]) => named.has(name));
  return Object.fromEntries(
    wrong.map(([name, { description }]: readonly [string, Described]) => [name, description ?? '']),
  );
}
