import { Type } from 'typebox';
import { BootId, document, NodeName, part, Time, type Value, Zxid } from './parts.js';

export const Holder = part(
  {
    node: NodeName,
    boot: BootId,
    role: Type.Enum(['run', 'incoming'], {
      description: 'incoming: the receiving process of a live migration.',
    }),
    attempt: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description:
          'Token of the try that added the holder: tells a node whose reply was lost that it was its own.',
      }),
    ),
    since: Time,
  },
  'A node that has, or is about to have, a process of the VM.',
);
export type Holder = Value<typeof Holder>;

export const Edge = part(
  {
    word: Type.Enum(['restart', 'migrate', 'migrate-live', 'shutdown'], {
      description: 'The word in /state.',
    }),
    mzxid: Zxid,
    since: Time,
  },
  'A wish that is an act, not a condition: identified by the transaction that wrote it and never done twice.',
);
export type Edge = Value<typeof Edge>;

export const Run = document(
  'run',
  'Run record of a VM',
  'Who holds the VM. A start needs an empty set of holders; a node adds and removes only itself.',
  {
    epoch: Type.Integer({ minimum: 0, description: 'Run epoch: grows with each start.' }),
    holders: Type.Array(Holder),
    edges: Type.Array(Edge, { description: 'Edge words in progress.' }),
  },
);
export type Run = Value<typeof Run>;

export const Slot = part(
  {
    slot: Type.Enum(['life', 'read', 'data'], {
      description:
        'life: start, stop, migrate; one at a time. read: snapshot, backup, send, verify; shared. data: rollback, restore, resize, rename, remove, receive, promote; alone.',
    }),
    id: Type.String({ minLength: 1, maxLength: 128, description: 'Id of the operation, e.g. of its task.' }),
    operation: Type.String({ minLength: 1, maxLength: 64, description: 'What it does, for people.' }),
    node: NodeName,
    proof: part(
      { path: Type.String({ minLength: 1, maxLength: 512 }), czxid: Zxid },
      'The ephemeral key that stands while the owner lives: its session or its claim. Once gone it never comes back.',
    ),
    since: Time,
  },
  'An operation that has the VM.',
);
export type Slot = Value<typeof Slot>;

export const Ops = document(
  'ops',
  'Operation slots of a VM',
  'Which operations have the VM. life and read may overlap; data stands alone.',
  { slots: Type.Array(Slot) },
);
export type Ops = Value<typeof Ops>;
