import { Type } from 'typebox';
import { args, body, Count, Figures, flag, integer, type Shape, text, Word } from './api-parts.js';

export const CephText = body({ type: Word, primary_node: Word, ceph_data: Word });
export type CephText = Shape<typeof CephText>;

export const Pool = body({
  name: Word,
  volume_count: Count,
  pgs: Count,
  tier: Word,
  stats: Figures,
});
export type Pool = Shape<typeof Pool>;
export const PoolList = Type.Array(Pool);

export const Osd = body({
  id: Word,
  node: Word,
  device: Word,
  db_device: Word,
  is_split: Type.Boolean(),
  stats: Figures,
});
export type Osd = Shape<typeof Osd>;
export const OsdList = Type.Array(Osd);

export const Volume = body({
  name: Word,
  pool: Word,
  stats: Type.Record(Type.String(), Type.Unknown(), {
    description: 'What `rbd info` says; `size` is rounded up to at most four digits and a unit, as `2048M`.',
  }),
});
export type Volume = Shape<typeof Volume>;
export const VolumeList = Type.Array(Volume);

export const VolumeSnapshot = body({ pool: Word, volume: Word, snapshot: Word, stats: Figures });
export type VolumeSnapshot = Shape<typeof VolumeSnapshot>;
export const VolumeSnapshotList = Type.Array(VolumeSnapshot);

const pool = Type.Optional(text('Only those of this pool.', 255));
const limit = Type.Optional(text('A pattern that some part of the name must match.'));
const size = text('Bytes, or a number with B, K, M, G, T or P, in steps of 1024.', 32);
const force = flag('Also when the pool would be more than 80 % full.');

export const ListArgs = args({ limit });
export const VolumeListArgs = args({ pool, limit });
export const SnapshotListArgs = args({
  pool,
  volume: Type.Optional(text('Only those of this volume.', 255)),
  limit,
});

export const VolumeCreateArgs = args({
  volume: text('The name of the volume.', 255),
  pool: text('The pool.', 255),
  size,
  force,
});
export const VolumeSizeArgs = args({ size, force });
export const VolumeChangeArgs = args({
  new_size: Type.Optional(size),
  new_name: Type.Optional(text('The new name.', 255)),
  force: flag('For a size: as when a volume is made. For a name: also when a stopped VM has the volume.'),
});
export const VolumeRemoveArgs = args({ force: flag('Also when a stopped VM has the volume.') });
export const VolumeSnapshotCreateArgs = args({
  pool: text('The pool.', 255),
  volume: text('The volume.', 255),
  snapshot: text('The name of the snapshot.', 128),
});
export const VolumeSnapshotRenameArgs = args({ new_name: text('The new name.', 128) });
export const VolumeSnapshotRollbackArgs = args({
  force: flag('Also when it is one disk of a snapshot of a VM, or of the copy of a mirror.'),
});
export const VolumeCloneArgs = args({
  new_volume: text('The name of the clone.', 255),
  force: flag('Also when the pool would be more than 80 % full, or while somebody has the volume open.'),
});

export const Benchmark = body(
  {
    id: Count,
    job: Word,
    test_format: Count,
    benchmark_result: Type.Union([Type.String(), Type.Record(Type.String(), Type.Unknown())], {
      description: 'Each test by its name, in the format that is named; `Running` until the last is done.',
    }),
  },
  'A benchmark.',
);
export type Benchmark = Shape<typeof Benchmark>;
export const BenchmarkList = Type.Array(Benchmark);
export const BenchmarkListArgs = args({ job: Type.Optional(text('Only this one.', 255)) });
export const BenchmarkRunArgs = args({
  pool: text('The pool.', 255),
  name: Type.Optional(text('The name of the results; by default the time and the node.', 100)),
  volume_size: Type.Optional(
    text('Size of the volume, as bytes or a number with B, K, M, G, T or P, in steps of 1024.', 32),
  ),
  runtime: Type.Optional(integer('Seconds of each test.', 1, 3600)),
  warm_up: Type.Optional(integer('Seconds before each test that are not measured.', 0, 3600)),
  force: flag('Also when the pool would be more than 80 % full meanwhile.'),
});
