import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import Type, { type Static } from 'typebox';
import { parseDocument } from 'yaml';
import { DroverError, messageOf } from '../lib/core/index.js';

const Name = (longest: number) => Type.String({ pattern: `^[a-z][a-z0-9]{0,${longest - 1}}$` });

const ClusterSchema = Type.Object(
  {
    /** Its nodes are NAME1, NAME2, …; short, because interface names are. */
    name: Name(8),
    nodes: Type.Optional(Type.Integer({ minimum: 0, maximum: 64 })),
    zookeeper: Type.Optional(Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(3)])),
    ceph: Type.Optional(Type.Boolean()),
    /** Usage figures need the manager; RBD does not. It is 0.28 GB of memory. */
    mgr: Type.Optional(Type.Boolean()),
    /** The OSD's file grows to this by and by. */
    osdGiB: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
  },
  { additionalProperties: false },
);

const DescriptionSchema = Type.Object(
  {
    name: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,31}$' })),
    clusters: Type.Optional(Type.Array(ClusterSchema, { minItems: 1, maxItems: 8 })),
  },
  { additionalProperties: false },
);

/** What a description file may say; everything has a default. */
export type PartialDescription = Static<typeof DescriptionSchema>;

export interface ClusterDescription {
  readonly name: string;
  readonly nodes: number;
  /** Servers of the ensemble. */
  readonly zookeeper: 0 | 1 | 3;
  readonly ceph: boolean;
  readonly mgr: boolean;
  readonly osdGiB: number;
}

export interface Description {
  readonly name: string;
  readonly clusters: readonly ClusterDescription[];
}

const validate = new Ajv2020({ allErrors: true }).compile<PartialDescription>(DescriptionSchema);

/**
 * The description with its defaults: two clusters, `east` and `west`, of two nodes each.
 * Fails with CONFIG_INVALID that lists everything wrong; `source` is named in it.
 */
export function describe(value: unknown, source = 'the sandbox description'): Description {
  if (!validate(value)) {
    const reasons = (validate.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath === '' ? '/' : instancePath} ${message ?? ''}`,
    );
    throw new DroverError('CONFIG_INVALID', { object: source, reason: reasons.join('; ') });
  }
  const clusters = (value.clusters ?? [{ name: 'east' }, { name: 'west' }]).map((cluster) => ({
    nodes: 2,
    zookeeper: 1 as const,
    ceph: true,
    mgr: true,
    osdGiB: 3,
    ...cluster,
  }));
  const names = clusters.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new DroverError('CONFIG_INVALID', { object: source, reason: `two clusters are called ${twice}` });
  return { name: value.name ?? 'default', clusters };
}

/** Reads a description from a YAML file. */
export async function readDescription(path: string): Promise<Description> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new DroverError('FILE_FAILED', { object: path, reason: messageOf(error) }, error);
  }
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined)
    throw new DroverError('CONFIG_INVALID', { object: path, reason: problem.message }, problem);
  return describe(document.toJS() ?? {}, path);
}
