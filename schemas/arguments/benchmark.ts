import { Type } from 'typebox';
import { taskArguments } from './form.js';

export const BenchmarkArguments = taskArguments(
  'storage.benchmark',
  'Measures a pool with the eight standard tests, on a volume of its own that is removed afterwards.',
  {
    pool: Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: '^[^/@,\\u0000-\\u001f\\u007f]+$',
      description: 'The pool.',
    }),
    name: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$',
        description: 'Of the results. Default: the time and the node. One that has results is refused.',
      }),
    ),
    volumeBytes: Type.Optional(
      Type.Integer({
        minimum: 4_194_304,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Size of the volume, all of which is written first. Default: `benchmark.volume_size`.',
      }),
    ),
    runtime: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3600,
        description: 'Seconds of each test. Default: `benchmark.runtime`.',
      }),
    ),
    warmUp: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 3600,
        description: 'Seconds before each test that are not measured. Default: `benchmark.warm_up`.',
      }),
    ),
    force: Type.Optional(
      Type.Boolean({ description: 'Also when the pool would be more than 80 % full meanwhile.' }),
    ),
  },
);

export const SampleArguments = taskArguments(
  'node.sample',
  'Looks at what a node is busy with for some time; the node is named by `runOn`.',
  {
    afterMs: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 3_600_000, description: 'Begins so late. Default: 0.' }),
    ),
    forMs: Type.Integer({ minimum: 1, maximum: 3_600_000, description: 'How long.' }),
  },
);
