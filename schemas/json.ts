import { DOCUMENT_KINDS, DOCUMENTS } from './index.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** File name → text of every JSON Schema file, as it must stand in `schemas/json`. */
export function jsonSchemaFiles(): ReadonlyMap<string, string> {
  return new Map(
    DOCUMENT_KINDS.map((kind) => {
      const { $id, title, description, ...rest } = DOCUMENTS[kind];
      const schema = { $schema: DIALECT, $id, title, description, ...rest };
      return [`${kind}.schema.json`, `${JSON.stringify(schema, undefined, 2)}\n`];
    }),
  );
}
