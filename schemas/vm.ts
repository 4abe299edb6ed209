import { Type } from 'typebox';
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

const Head = Type.Enum(['clean', 'dirty', 'committing', 'complete'], {
  description: 'dirty: bytes of a point that is not complete may be in the images.',
});

export const Mirror = document(
  'mirror',
  'Mirror record of a VM',
  'The authority on the role of this copy: only an active one is startable.',
  {
    role: Type.String({ minLength: 1, maxLength: 64, description: 'active is the only startable role.' }),
    epoch: Epoch,
    head: Type.Optional(part({ state: Head, point: Type.Optional(Type.String()) })),
    peers: Type.Optional(Type.Array(part({ name: Type.String() }))),
    points: Type.Optional(Type.Array(part({ name: Type.String() }))),
  },
);
export type Mirror = Value<typeof Mirror>;

export const Receive = document(
  'receive',
  'Receive in progress',
  'A mirror that is not complete yet is invisible.',
  {
    uuid: Uuid,
    epoch: Epoch,
    peer: Type.Optional(Type.String()),
    head: Type.Optional(part({ state: Head, point: Type.Optional(Type.String()) })),
    since: Time,
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
