import { type TObject, type TProperties, Type } from 'typebox';

/** Arguments of one kind of task. Unlike a document they keep nothing unknown: a misspelt argument is refused by name. */
export type ArgumentsSchema<P extends TProperties = TProperties> = TObject<P> & {
  $id: string;
  title: string;
  description: string;
};

/** The arguments of `kind`; the kind is also in the name of the JSON Schema file. */
export function taskArguments<P extends TProperties>(
  kind: string,
  description: string,
  properties: P,
): ArgumentsSchema<P> {
  const names = { $id: `urn:drover:arguments:${kind}`, title: `Arguments of ${kind}`, description };
  return Object.assign(Type.Object(properties, { ...names, additionalProperties: false }), names);
}
