import { configSchema } from './config.js';
import { DOCUMENTS, TASK_ARGUMENTS } from './index.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** File name → text of every JSON Schema file, as it must stand in `schemas/json`. */
export function jsonSchemaFiles(): ReadonlyMap<string, string> {
  const taskArguments = Object.entries(TASK_ARGUMENTS).map(
    ([kind, schema]) => [`arguments.${kind}`, schema] as const,
  );
  const schemas = [...Object.entries({ ...DOCUMENTS, config: configSchema }), ...taskArguments];
  return new Map(
    schemas.map(([name, { $id, title, description, ...rest }]) => {
      const schema = { $schema: DIALECT, $id, title, description, ...rest };
      return [`${name}.schema.json`, `${JSON.stringify(schema, undefined, 2)}\n`];
    }),
  );
}
