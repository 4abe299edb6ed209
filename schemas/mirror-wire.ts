/** What two clusters of Drover say to each other about mirrors, as JSON. Page: docs/mirror-protocol.md. */
import { type Static, type TSchema, Type } from 'typebox';
import { Epoch, type Immutable, Text, Time, Uuid } from './parts.js';
import { Consistency, Origin, PointId, PointName, VmMeta } from './point.js';

/** Version of all of this; a sender refuses a peer of another one. */
export const MIRROR_PROTOCOL = 1;

const Name = Type.String({ minLength: 1, maxLength: 255, pattern: '^[^/\\u0000]+$' });
const Bytes = Type.Integer({ minimum: 0 });
const open = { additionalProperties: true };

export const Reached = Type.Object({ id: PointId, name: PointName, at: Time }, open);
export type Reached = Immutable<Static<typeof Reached>>;

export const MirrorAbout = Type.Object(
  { cluster: Type.Object({ id: Type.String(), name: Type.String() }, open), protocol: Type.Integer() },
  open,
);
export type MirrorAbout = Immutable<Static<typeof MirrorAbout>>;

export const MirrorOffer = Type.Object(
  {
    source: Type.Object(
      { cluster: Type.String({ minLength: 1 }), name: Type.String({ minLength: 1 }) },
      open,
    ),
    epoch: Epoch,
    vm: Type.Object({ uuid: Uuid, name: Name }, open),
    point: Type.Object(
      {
        id: PointId,
        name: PointName,
        at: Time,
        origin: Origin,
        consistency: Consistency,
        xml: Type.String({ maxLength: 256 * 1024 }),
        meta: VmMeta,
      },
      open,
    ),
    disks: Type.Array(
      Type.Object(
        {
          of: Type.String({ description: 'The image in the definition: `pool/name` at the source.' }),
          pool: Name,
          volume: Name,
          bytes: Bytes,
          data: Type.Integer({ minimum: 0, description: 'How much of it there is at most.' }),
        },
        open,
      ),
      { maxItems: 64 },
    ),
    bases: Type.Array(
      Type.Object(
        {
          id: PointId,
          disks: Type.Array(Type.Object({ pool: Name, volume: Name, bytes: Bytes }, open)),
        },
        open,
      ),
      { description: 'Earlier points that the source still has, the newest first.', maxItems: 1000 },
    ),
  },
  open,
);
export type MirrorOffer = Immutable<Static<typeof MirrorOffer>>;

export const ReceiveView = Type.Object(
  {
    id: PointId,
    state: Type.Enum(['receiving', 'committing', 'complete']),
    base: Type.Optional(PointId),
    why: Type.Optional(Text),
    disks: Type.Array(
      Type.Object(
        {
          base: Type.Boolean({ description: 'Changes since the base are expected, else all of it.' }),
          cursor: Type.Optional(Bytes),
        },
        open,
      ),
    ),
  },
  open,
);
export type ReceiveView = Immutable<Static<typeof ReceiveView>>;

export const MirrorCopy = Type.Object(
  {
    uuid: Uuid,
    name: Name,
    role: Type.String(),
    epoch: Epoch,
    state: Type.String({ description: 'As the key of the VM says.' }),
    running: Type.Boolean(),
    head: Type.Optional(Type.Object({ state: Type.String(), point: Type.Optional(PointId) }, open)),
    points: Type.Array(Type.Object({ ...Reached.properties, origin: Type.Optional(Origin) }, open)),
    failed: Type.Optional(Text),
  },
  open,
);
export type MirrorCopy = Immutable<Static<typeof MirrorCopy>>;

export const MirrorPrepare = Type.Object(
  {
    saga: Type.String({ minLength: 1, maxLength: 128 }),
    epoch: Epoch,
    state: Type.Optional(
      Type.Enum(['start', 'stop', 'disable'], {
        description: 'What it is to do then; start, when it is not said.',
      }),
    ),
  },
  open,
);
export type MirrorPrepare = Immutable<Static<typeof MirrorPrepare>>;

export const MirrorActivate = Type.Object(
  {
    saga: Type.String({ minLength: 1, maxLength: 128 }),
    epoch: Epoch,
    nonce: Type.String({ minLength: 1, maxLength: 128 }),
    point: PointId,
    state: Type.Enum(['start', 'stop', 'disable']),
  },
  open,
);
export type MirrorActivate = Immutable<Static<typeof MirrorActivate>>;

/** One line of an answer that comes as long as it is read for: what a disk holds at a point, range by range. */
export const SumLine = Type.Union([
  Type.Object({ size: Type.Integer({ minimum: 0, description: 'Of the image; the first line.' }) }, open),
  Type.Object(
    {
      at: Type.Integer({ minimum: 0, description: 'Where the range begins; one of zeroes is left out.' }),
      sum: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    },
    open,
  ),
  Type.Object({ read: Bytes, of: Bytes }, open),
]);
export type SumLine = Immutable<Static<typeof SumLine>>;

export const SumsEnd = Type.Object({ end: Type.Literal(true) }, open);
export const SumsError = Type.Object(
  { error: Type.Object({ code: Type.String(), message: Type.String() }, open) },
  open,
);

export const MirrorVerdict = Type.Object(
  { equal: Type.Boolean({ description: 'Whether the point was found to be what the source has.' }) },
  open,
);
export type MirrorVerdict = Immutable<Static<typeof MirrorVerdict>>;

export const MirrorMarked = Type.Object(
  { unproven: Type.Boolean({ description: 'Whether it is no base any more, nor startable without force.' }) },
  open,
);
export type MirrorMarked = Immutable<Static<typeof MirrorMarked>>;

/** Every message by its name. */
export const MIRROR_MESSAGES = {
  about: MirrorAbout,
  offer: MirrorOffer,
  receive: ReceiveView,
  copy: MirrorCopy,
  reached: Reached,
  prepare: MirrorPrepare,
  activate: MirrorActivate,
  sumLine: SumLine,
  sumsEnd: SumsEnd,
  sumsError: SumsError,
  marked: MirrorMarked,
} as const satisfies Record<string, TSchema>;
