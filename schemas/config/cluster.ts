/** Who belongs to the cluster, and how its nodes reach each other and the store. */
import { Type } from 'typebox';
import { FORMS, list, named, section, standing, text } from './form.js';

export const cluster = section('The cluster as a whole: the same on every node.', {
  name: text('name', 'Name of the cluster, published as `/config`.'),
  coordinators: named(
    'The nodes that run ZooKeeper and may become primary: node name and its address in the cluster network.',
    FORMS.nodeName,
    text('host', "The coordinator's host name or address."),
    { minProperties: 1 },
  ),
});

const network = (use: string) =>
  standing(`The network ${use}.`, {
    range: Type.Optional(
      text('range', 'Its addresses: needed for `by-id`, and every address given is checked against it.'),
    ),
    domain: Type.Optional(
      text(
        'domain',
        'DNS domain in which the others find each node by its name; it goes before any address.',
      ),
    ),
  });

export const networks = standing(
  'The networks between the nodes. Drover uses them; it never configures them.',
  {
    cluster: network('of the control traffic: ZooKeeper, libvirt'),
    migration: network('that live migrations go through; without `range` and `domain` the cluster network'),
    storage: network('towards Ceph; without `range` and `domain` the cluster network'),
  },
);

const own = (use: string) =>
  Type.Optional(
    text(
      'ownAddress',
      `Address of this node ${use}: literal, or \`by-id\` for the host of the range whose number ends the node's name (hv3: the third).`,
    ),
  );

export const node = standing(
  'What is different on each node. One file can serve all nodes when this is left out.',
  {
    name: Type.Optional(text('nodeName', 'Name of this node. Default: the short host name.')),
    addresses: standing('Addresses of this node; by default those of `cluster.coordinators`, else `by-id`.', {
      cluster: own('in the cluster network'),
      migration: own('in the migration network'),
      storage: own('in the storage network'),
    }),
  },
);

export const store = standing('The connection to ZooKeeper.', {
  servers: Type.Optional(
    list(text('server', 'One server.'), 'Servers. Default: every coordinator at port 2181.', { minItems: 1 }),
  ),
  session_timeout: text('time', 'A node that is silent this long has lost its session.', { default: '8s' }),
  tls: Type.Optional(
    section('Encrypts the connection.', {
      ca: text('path', 'Certificates of the authorities that sign the servers.'),
      certificate: Type.Optional(text('path', 'Certificate of this client.')),
      private_key: Type.Optional(text('path', 'Key of `certificate`.')),
    }),
  ),
});
