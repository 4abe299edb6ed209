import { Type } from 'typebox';
import { document, part, Text, Time, Uuid, type Value } from './parts.js';
import { VmMeta } from './point.js';

const Name = Type.String({ minLength: 1, maxLength: 255, pattern: '^[^/\\u0000]+$' });

export const BackupManifest = document(
  'backup-manifest',
  'Backup manifest',
  'The file `drover.json` of a backup: written last, and only when every file it names is complete.',
  {
    cluster: Type.String({ description: 'The cluster that made it.' }),
    vm: part({ uuid: Uuid, name: Name }),
    name: Type.String({ minLength: 1, maxLength: 128, description: 'Of the backup, and of its snapshot.' }),
    type: Type.Enum(['full', 'incremental']),
    parent: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: 'The backup that it holds the changes since.',
      }),
    ),
    why: Type.Optional(Text),
    task: Type.Optional(Type.String()),
    at: Time,
    endedAt: Time,
    consistency: Type.Enum(['off', 'frozen', 'paused', 'crash', 'scattered'], {
      description:
        'As that of a restore point. scattered: several disks, one shortly after the other; not made any more.',
    }),
    xml: Type.String({ description: 'The definition at the moment of the snapshot.' }),
    meta: VmMeta,
    disks: Type.Array(
      part({
        pool: Name,
        volume: Name,
        imageId: Type.String(),
        snapshotId: Type.String(),
        bytes: Type.Integer({ minimum: 0, description: 'Size of the image at the snapshot.' }),
        file: Type.String({
          pattern: '^images/[^/\\u0000]+\\.rbd(img|diff)$',
          description: 'Relative to the directory of the backup.',
        }),
        fileBytes: Type.Integer({ minimum: 0 }),
        sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      }),
    ),
  },
);
export type BackupManifest = Value<typeof BackupManifest>;
