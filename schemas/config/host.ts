/** The node itself: Ceph, libvirt, paths, timers, fencing, logs. */
import { Type } from 'typebox';
import {
  count,
  flag,
  FORMS,
  list,
  named,
  secret,
  secretFile,
  section,
  standing,
  text,
  word,
} from './form.js';

export const ceph = standing('The storage cluster.', {
  config_file: text('path', "Ceph's configuration.", { default: '/etc/ceph/ceph.conf' }),
  user: text('name', 'Ceph user, without `client.`.', { default: 'admin' }),
  keyring_file: Type.Optional(
    text('path', 'Keyring of the user. Default: `ceph.client.USER.keyring` beside `config_file`.'),
  ),
  monitors: Type.Optional(
    list(
      text('server', 'One monitor.'),
      'Monitors that are written into the disks of received VMs. Default: every coordinator in the storage network at port 6789.',
      { minItems: 1 },
    ),
  ),
  secret_uuid: Type.Optional(
    text(
      'uuid',
      'The libvirt secret with the key of the user: the disks of VMs name it, and `droverd` makes libvirt know it. None: Ceph without authentication, or you see to it.',
    ),
  ),
  pools: Type.Optional(
    list(
      text('name', 'One pool.'),
      'Not used yet. The only pools Drover works in. Default: every pool under `/ceph/pools`.',
      {
        minItems: 1,
        uniqueItems: true,
      },
    ),
  ),
});

export const libvirt = standing('The hypervisor.', {
  uri: text('text', 'Connection to the libvirt of this node.', { default: 'qemu:///system' }),
  transport: word(
    ['tls', 'tcp', 'ssh'],
    "How the other nodes' libvirt is dialled. `tcp` is neither encrypted nor authenticated.",
    {
      default: 'tls',
    },
  ),
});

export const migration = standing('Moving VMs between nodes.', {
  selector: word(
    ['mem', 'memprov', 'load', 'vcpus', 'vms'],
    'How a target is chosen for a VM without a selector of its own, published as `/config/migration_target_selector`: most free memory, most unprovisioned memory, lowest load, fewest vCPUs, fewest VMs.',
    { default: 'mem' },
  ),
  bandwidth: Type.Optional(text('rate', 'Not used yet. Limit of one live migration. Default: none.')),
});

export const paths = standing('Directories.', {
  state: text('path', 'What a node remembers across restarts.', { default: '/var/lib/drover' }),
  run: text('path', 'Not used yet. Sockets and what lives until the next boot.', { default: '/run/drover' }),
  console_logs: text('path', "Not used yet. The guests' serial consoles: `VM.log`.", {
    default: '/var/log/drover/console',
  }),
  exports: list(
    text('path', 'One directory.'),
    'The only directories that a snapshot may be exported to or imported from on request. None: export and import are refused.',
    { default: [], uniqueItems: true },
  ),
});

export const timers = standing('Periods and patience.', {
  keepalive: text('time', 'How often a node publishes its figures.', { default: '5s' }),
  health: text(
    'time',
    'How often the primary looks at the tree for faults; Ceph is asked twice a minute at most.',
    { default: '15s' },
  ),
  vm_shutdown: text('time', 'How long a guest may take to shut down before it is stopped.', {
    default: '180s',
  }),
});

export const fencing = standing('Not used yet. What happens to a node that is dead.', {
  missed_keepalives: count(2, 1000, 'Keepalive periods of silence before a node is suspected.', {
    default: 6,
  }),
  after_power_off: word(
    ['recover', 'leave'],
    'What happens to the VMs of a node whose power-off is confirmed: they start elsewhere, or wait for the operator. Without confirmation they never start elsewhere.',
    { default: 'recover' },
  ),
  ipmi: Type.Optional(
    section("The nodes' management controllers. Needed to fence a node that is dead.", {
      hostname: Type.Optional(
        Type.String({
          title: 'a host name or address with "{node}" or "{node_id}" in it',
          pattern: '^[A-Za-z0-9.:{}_-]+$',
          minLength: 1,
          description:
            "Controller of each node: `{node}` is the node's name, `{node_id}` the number that ends it.",
          examples: ['{node}-ipmi', '10.0.9.{node_id}'],
        }),
      ),
      hostnames: named(
        'Controllers of single nodes: node name and host; they go before `hostname`.',
        FORMS.nodeName,
        text('host', "The controller's host name or address."),
        { default: {} },
      ),
      username: text('text', 'User that may switch power.'),
      password: secret('Password of the user.'),
      password_file: secretFile('password'),
    }),
  ),
});

export const logging = standing(
  'Logs. The daemon writes JSON lines to its standard output, which the journal keeps.',
  {
    level: word(['debug', 'info', 'warn', 'error'], 'The least that is written.', { default: 'info' }),
    to_store: flag('Not used yet. Also publish the last lines of each node under `/logs`.', {
      default: true,
    }),
    node_lines: count(0, 10_000, 'Not used yet. Lines kept there for each node; 0: none.', { default: 2000 }),
    console_lines: count(
      0,
      10_000,
      "Not used yet. Lines of each guest's console kept in the store; 0: none.",
      {
        default: 1000,
      },
    ),
  },
);
