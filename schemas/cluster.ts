import { Type } from 'typebox';
import { BootId, document, Epoch, NodeName, part, Time, Uuid, type Value, Zxid } from './parts.js';

export const Cluster = document(
  'cluster',
  'Cluster',
  'Identity of the tree. The incarnation grows each time a census has rebuilt the records after a loss or a restore.',
  {
    id: Uuid,
    incarnation: Type.Integer({ minimum: 1, description: 'Grows with each census that ends a quarantine.' }),
  },
);
export type Cluster = Value<typeof Cluster>;

export const Session = document(
  'session',
  'Session of a daemon',
  'Ephemeral: while it stands the daemon of this node has a session with the store.',
  {
    node: NodeName,
    boot: BootId,
    version: Type.String({ minLength: 1, maxLength: 64, description: 'Version of the daemon.' }),
    watchdog: part(
      {
        armed: Type.Boolean(),
        seconds: Type.Number({
          minimum: 0,
          description: 'Time until it resets the node; 0 when there is none.',
        }),
      },
      'Hardware watchdog that resets the node when the daemon stops feeding it.',
    ),
    reads: part(
      { from: Type.Integer({ minimum: 1 }), to: Type.Integer({ minimum: 1 }) },
      'Versions of documents that the daemon reads, both ends included.',
    ),
    since: Time,
  },
);
export type Session = Value<typeof Session>;

export const Remembered = part(
  {
    cluster: Type.Optional(Uuid),
    incarnation: Epoch,
    epoch: Epoch,
    zxid: Zxid,
    nodes: Type.Array(NodeName, { description: 'Every node that was ever seen under /nodes.' }),
  },
  'The highest numbers that a node has seen, kept on its own disk: a tree that shows less was lost or rolled back.',
);
export type Remembered = Value<typeof Remembered>;

export const NodeMemory = document(
  'memory',
  'Memory of a node',
  'A file on the node, not a key: what it remembers of the tree.',
  { remembered: Remembered },
);
export type NodeMemory = Value<typeof NodeMemory>;

export const CensusReport = document(
  'census',
  'Census report of a node',
  'What one node really runs: rebuilds the run records after the tree was lost or restored.',
  {
    node: NodeName,
    boot: BootId,
    incarnation: Type.Integer({
      minimum: 0,
      description:
        'Incarnation that the tree showed, 0 without one: a census that raises it closes the report.',
    }),
    at: Time,
    domains: Type.Array(
      part({
        uuid: Uuid,
        role: Type.Enum(['run', 'incoming'], {
          description: 'incoming: the receiving process of a live migration.',
        }),
        seen: Type.Enum(['libvirt', 'process'], {
          description: 'libvirt: it lists the domain; process: only a process carries the UUID.',
        }),
        state: Type.Optional(
          Type.String({ description: 'State in the words of libvirt, e.g. running, paused.' }),
        ),
      }),
    ),
    remembered: Remembered,
  },
);
export type CensusReport = Value<typeof CensusReport>;
