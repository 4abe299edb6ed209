import { Type } from 'typebox';
import { document, part, Text, Time, type Value } from './parts.js';

const Name = Type.String({ minLength: 1, maxLength: 255, pattern: '^[^/\\u0000]+$' });

/** What a VM is beside its definition, as far as a copy of it needs that. */
export const VmMeta = part({
  state: Type.Optional(Type.String()),
  node: Type.Optional(Type.String()),
  profile: Type.Optional(Type.String()),
  autostart: Type.Optional(Type.Boolean()),
  migrationMethod: Type.Optional(Type.String()),
  migrationMaxDowntime: Type.Optional(Type.Integer()),
  nodeSelector: Type.Optional(Type.String()),
  nodeLimit: Type.Optional(Type.Array(Type.String())),
  tags: Type.Array(part({ name: Type.String(), protected: Type.Boolean() })),
});
export type VmMeta = Value<typeof VmMeta>;

export const Origin = Type.Enum(['manual', 'backup', 'mirror', 'automirror'], {
  description: 'Who made it, and by whose rules it goes.',
});

export const Consistency = Type.Enum(['off', 'frozen', 'paused', 'crash'], {
  description:
    'off: nothing ran. frozen: the guest had written everything down. paused: all disks at one instant. crash: one disk, as after a loss of power.',
});

export const PointName = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]*$',
  description: 'Of the point, and of the snapshot of each of its disks.',
});

export const PointId = Type.String({
  minLength: 1,
  maxLength: 128,
  description: 'The same on every cluster that has a copy of it.',
});

export const Point = document(
  'point',
  'Restore point of a VM',
  'All of its disks at one instant. The public tree shows it when it is complete, and not before.',
  {
    id: PointId,
    at: Time,
    origin: Origin,
    state: Type.Enum(['taking', 'complete', 'removing']),
    task: Type.Optional(Type.String({ description: 'The task that makes, or removes, it.' })),
    consistency: Type.Optional(Consistency),
    why: Type.Optional(Text),
    pausedMs: Type.Optional(Type.Integer({ minimum: 0, description: 'How long the guest stood still.' })),
    xml: Type.Optional(Type.String({ description: 'The definition at that moment.' })),
    meta: Type.Optional(VmMeta),
    disks: Type.Array(
      part({
        pool: Name,
        volume: Name,
        imageId: Type.String(),
        snapshotId: Type.Optional(Type.String()),
        bytes: Type.Optional(Type.Integer({ minimum: 0, description: 'Size of the image at that moment.' })),
      }),
    ),
    received: Type.Optional(
      part(
        {
          cluster: Type.String({ description: 'The cluster that sent it.' }),
          unproven: Type.Optional(
            Type.Boolean({
              description: 'Sent without its zeroes: it may hold what the source has discarded.',
            }),
          ),
        },
        'It came from another cluster.',
      ),
    ),
  },
);
export type Point = Value<typeof Point>;
