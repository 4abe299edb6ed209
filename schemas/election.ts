import { document, Epoch, NodeName, Time, type Value } from './parts.js';

export const ElectionEpoch = document(
  'election-epoch',
  'Election epoch',
  'Number of the present leadership. Raised in the transaction that creates the leader.',
  { epoch: Epoch },
);
export type ElectionEpoch = Value<typeof ElectionEpoch>;

export const Leader = document(
  'leader',
  'Leader',
  'Ephemeral: the primary coordinator and the epoch it leads in.',
  { node: NodeName, epoch: Epoch, since: Time },
);
export type Leader = Value<typeof Leader>;

export const Handover = document(
  'handover',
  'Hand-over',
  'The leadership is meant for one node: until the time has passed the others stand back.',
  { to: NodeName, until: Time },
);
export type Handover = Value<typeof Handover>;

export const Term = document(
  'term',
  'Term of a leader',
  'Ephemeral, named by its epoch: stands exactly as long as its leader may act, and never comes back.',
  { node: NodeName, epoch: Epoch },
);
export type Term = Value<typeof Term>;
