import { taskDone } from './tasks.js';
import type { Asked, VolumeUseCases, VolumeWish } from './use-cases.js';
import type { UseCaseWorld } from './world.js';

/** What a caller can have done to volumes: each is a task, and the answer is its end. */
export function volumeUseCases(world: UseCaseWorld): VolumeUseCases {
  const done = (
    asked: Asked,
    kind: string,
    { pool, name, ...rest }: VolumeWish & Readonly<Record<string, unknown>>,
  ) => taskDone(world, asked, kind, { pool, volume: name, ...rest });
  return {
    async create(asked, { pool, name, bytes, force }) {
      await done(asked, 'volume.create', { pool, name, bytes, force });
      return `Volume '${pool}/${name}' of ${bytes} bytes is there.`;
    },
    async resize(asked, { pool, name, bytes, force }) {
      await done(asked, 'volume.resize', { pool, name, bytes, force });
      return `Volume '${pool}/${name}' has ${bytes} bytes.`;
    },
    async rename(asked, { pool, name, to, force }) {
      await done(asked, 'volume.rename', { pool, name, to, force });
      return `Volume '${pool}/${name}' is now '${pool}/${to}'.`;
    },
    async clone(asked, { pool, name, to, force }) {
      await done(asked, 'volume.clone', { pool, name, to, force });
      return `Volume '${pool}/${to}' is a copy of '${pool}/${name}'.`;
    },
    async remove(asked, { pool, name, force }) {
      const result = await done(asked, 'volume.remove', { pool, name, force });
      const { id } = result as { readonly id?: string };
      if (id === undefined) return `Volume '${pool}/${name}' had no image; what was told of it is removed.`;
      return `Volume '${pool}/${name}' is in the trash for 24 hours as image ${id}.`;
    },
    async scan(asked, { pool, name }) {
      await done(asked, 'volume.adopt', { pool, name });
      return `Volume '${pool}/${name}' is told as Ceph has it.`;
    },
    async takeSnapshot(asked, { pool, name, snapshot }) {
      await done(asked, 'volume.create_snapshot', { pool, name, snapshot });
      return `Snapshot '${pool}/${name}@${snapshot}' is there.`;
    },
    async removeSnapshot(asked, { pool, name, snapshot }) {
      await done(asked, 'volume.remove_snapshot', { pool, name, snapshot });
      return `Snapshot '${pool}/${name}@${snapshot}' is removed.`;
    },
    async renameSnapshot(asked, { pool, name, snapshot, to }) {
      await done(asked, 'volume.rename_snapshot', { pool, name, snapshot, to });
      return `Snapshot '${pool}/${name}@${snapshot}' is now '${pool}/${name}@${to}'.`;
    },
    async rollBack(asked, { pool, name, snapshot, force }) {
      await done(asked, 'volume.rollback_snapshot', { pool, name, snapshot, force });
      return `Volume '${pool}/${name}' is what it was at snapshot '${snapshot}'.`;
    },
  };
}
