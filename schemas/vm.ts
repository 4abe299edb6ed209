import { Type } from 'typebox';
import { Consistency, Origin, PointId, PointName, VmMeta } from './point.js';
import { BootId, document, Epoch, NodeName, part, Text, Time, Uuid, type Value, Who } from './parts.js';

export const Policy = document(
  'policy',
  'Policy of a VM',
  'What the operator wants for one VM; defaults come from its tags, then from the configuration.',
  {
    rpoSeconds: Type.Optional(
      Type.Number({ minimum: 0, description: 'How old the newest restore point may be.' }),
    ),
    backup: Type.Optional(Type.Boolean()),
    onPowerOff: Type.Optional(
      Type.Enum(['restart', 'stop'], { description: 'What follows when the guest powers itself off.' }),
    ),
    startOrder: Type.Optional(Type.Integer()),
  },
);
export type Policy = Value<typeof Policy>;

export const Placement = document(
  'placement',
  'Latest placement',
  'The VM that was last given to a node to run. Whoever places one writes it, from the version read before the figures were: of two at once one fails and looks again.',
  { vm: Uuid, node: NodeName, at: Time },
);
export type Placement = Value<typeof Placement>;

const Head = part(
  {
    state: Type.Enum(['clean', 'dirty', 'committing']),
    point: Type.Optional(Type.String({ description: 'The id of the point that the images hold, or held.' })),
  },
  'dirty: bytes of a point that is not complete may be in the images, or somebody else wrote to them.',
);

const Reached = part({ id: PointId, name: PointName, at: Time });

export const Mirror = document(
  'mirror',
  'Mirror record of a VM',
  'The authority on the role of this copy: only an active one is startable.',
  {
    role: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'active is the only startable role; the others are mirror and handed-over.',
    }),
    epoch: Epoch,
    head: Type.Optional(Head),
    source: Type.Optional(
      part(
        { cluster: Type.String(), name: Type.Optional(Type.String()) },
        'The cluster that it is a copy of.',
      ),
    ),
    prepared: Type.Optional(
      part(
        {
          ...{ epoch: Epoch, saga: Type.String(), at: Time },
          node: Type.Optional(NodeName),
        },
        'It is to become the active one; until that is final it is not startable.',
      ),
    ),
    activated: Type.Optional(
      part({
        saga: Type.String(),
        nonce: Type.String(),
        run: Type.Integer({
          description: 'Version of the run record then: another one, and it has run since.',
        }),
      }),
    ),
    tags: Type.Optional(Type.Array(Type.String(), { description: 'The tags that came with it.' })),
    peers: Type.Optional(
      Type.Array(
        part({
          name: Type.String(),
          cluster: Type.Optional(Type.String()),
          last: Type.Optional(Reached),
          at: Type.Optional(Time),
          problem: Type.Optional(Text),
        }),
        { description: 'Where it is sent to, and the newest point that is complete there.' },
      ),
    ),
    promote: Type.Optional(
      part(
        {
          id: Type.String({ description: 'The task.' }),
          cursor: Type.String({ minLength: 1, maxLength: 64 }),
          peer: Type.String(),
          epoch: Epoch,
          nonce: Type.String(),
          remove: Type.Boolean(),
          state: Type.String({ description: 'What was wished before.' }),
          since: Time,
          point: Type.Optional(Reached),
          problem: Type.Optional(Text),
        },
        'A hand-over on its way.',
      ),
    ),
  },
);
export type Mirror = Value<typeof Mirror>;

export const Receive = document(
  'receive',
  'Receive in progress',
  'A point on its way here. A VM that comes for the first time is invisible until it is complete.',
  {
    uuid: Uuid,
    epoch: Epoch,
    source: part({ cluster: Type.String(), name: Type.String() }, 'The cluster that sends.'),
    since: Time,
    state: Type.Enum(['receiving', 'committing']),
    point: part({
      id: PointId,
      name: PointName,
      at: Time,
      origin: Origin,
      consistency: Type.Optional(Consistency),
      unproven: Type.Optional(Type.Boolean()),
    }),
    base: Type.Optional(part({ id: PointId, name: PointName })),
    vm: part({ name: Type.String({ minLength: 1 }), xml: Type.String(), meta: VmMeta }),
    disks: Type.Array(
      part({
        of: Type.String({ description: 'What the definition calls the image: `pool/name` at the source.' }),
        pool: Type.String(),
        volume: Type.String(),
        imageId: Type.String({ description: 'Empty until the image is ready to take what comes.' }),
        bytes: Type.Integer({ minimum: 0 }),
        stage: Type.Optional(Type.String({ description: 'What the image is called until it is complete.' })),
        base: Type.Optional(Type.Boolean({ description: 'What is sent are changes since the base.' })),
        cursor: Type.Optional(
          Type.Integer({ minimum: 0, description: 'Up to where it has arrived; all of it when missing.' }),
        ),
      }),
    ),
  },
);
export type Receive = Value<typeof Receive>;

export const Fence = document(
  'fence',
  'Fence of a node',
  'A saga: which node, which run of it, how far, and which VMs wait for a new place.',
  {
    id: Type.String({ minLength: 1, maxLength: 128 }),
    cursor: Type.String({ minLength: 1, maxLength: 64, description: 'Where the saga stands.' }),
    node: NodeName,
    boot: Type.Optional(BootId),
    epoch: Epoch,
    since: Time,
    confirmed: Type.Optional(
      part(
        {
          how: Type.Enum(['power', 'watchdog', 'operator']),
          at: Time,
          by: Type.Optional(Who),
          why: Type.Optional(Text),
        },
        'How it is known that the node is off.',
      ),
    ),
    recovery: Type.Array(part({ uuid: Uuid })),
  },
);
export type Fence = Value<typeof Fence>;
