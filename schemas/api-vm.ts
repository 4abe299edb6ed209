import { Type } from 'typebox';
import {
  Amount,
  args,
  body,
  choice,
  Count,
  Figures,
  Flag,
  flag,
  integer,
  orNull,
  type Shape,
  text,
  texts,
  Word,
  Words,
} from './api-parts.js';

export const VmTag = body({ name: Word, type: Word, protected: Flag });

export const VmSnapshot = body({
  name: Word,
  timestamp: Type.String({ description: 'Seconds since 1970 UTC, as they were written.' }),
  age: Type.Integer({ description: 'Whole seconds.' }),
  xml_diff_lines: Type.Array(Type.String(), {
    description: 'Unified diff with one line around, from the present definition to that of the snapshot.',
  }),
  rbd_snapshots: Type.Array(Type.String({ description: '`pool/volume@snapshot`' })),
  origin: Type.Optional(Type.String({ description: 'Who made it, when Drover has.' })),
  consistency: Type.Optional(
    Type.String({ description: 'How its disks belong together, when Drover made it.' }),
  ),
});

export const VmDisk = body({
  type: Word,
  name: Type.String({ description: '`pool/volume`, a path or a URL.' }),
  dev: Word,
  bus: Word,
  rd_req: Amount,
  rd_bytes: Amount,
  wr_req: Amount,
  wr_bytes: Amount,
});

export const VmNetwork = body({
  type: Word,
  vni: Word,
  mac: Word,
  source: Word,
  model: Word,
  rd_bytes: Amount,
  rd_packets: Amount,
  rd_errors: Amount,
  rd_drops: Amount,
  wr_bytes: Amount,
  wr_packets: Amount,
  wr_errors: Amount,
  wr_drops: Amount,
});

export const Vm = body(
  {
    name: Word,
    uuid: Word,
    state: Word,
    node: Word,
    last_node: Word,
    migrated: Type.String({ description: '`no`, or `from NODE`.' }),
    failed_reason: Word,
    node_limit: orNull(Words),
    node_selector: orNull(Word),
    node_autostart: Flag,
    migration_method: orNull(Word),
    migration_max_downtime: Type.Integer({ description: 'Milliseconds.' }),
    tags: Type.Array(VmTag),
    snapshots: Type.Array(VmSnapshot, { description: 'The newest first.' }),
    description: Word,
    profile: Word,
    memory: Type.Integer({ description: 'MiB.' }),
    memory_stats: Figures,
    vcpu: Count,
    vcpu_topology: Type.String({ description: '`sockets/cores/threads`' }),
    vcpu_stats: Figures,
    networks: Type.Array(VmNetwork),
    type: Word,
    arch: Word,
    machine: Word,
    console: Word,
    vnc: body({ listen: Word, port: Word }),
    emulator: Word,
    features: Words,
    disks: Type.Array(VmDisk),
    controllers: Type.Array(body({ type: Word, model: orNull(Word) })),
    xml: Type.String({ description: 'The definition on one line, without double quotes.' }),
  },
  'A VM. Texts that its definition does not have are empty.',
);
export type Vm = Shape<typeof Vm>;
export const VmList = Type.Array(Vm);

export const VmMeta = body({
  name: Word,
  node_limit: orNull(Words),
  node_selector: orNull(Word),
  node_autostart: Flag,
  profile: Word,
  migration_method: orNull(Word),
  migration_max_downtime: Count,
});
export type VmMeta = Shape<typeof VmMeta>;
export const VmTags = body({ name: Word, tags: Type.Array(VmTag) });
export type VmTags = Shape<typeof VmTags>;
export const VmState = body({ name: Word, state: Word });
export type VmState = Shape<typeof VmState>;
export const VmNode = body({ name: Word, node: Word, last_node: Word });
export type VmNode = Shape<typeof VmNode>;
export const Lines = body({ name: Word, data: Word });
export type Lines = Shape<typeof Lines>;

/** The states that a list can be narrowed to. */
export const LISTED_STATES = [
  'start',
  'restart',
  'shutdown',
  'stop',
  'disable',
  'fail',
  'migrate',
  'migrate-live',
  'unmigrate',
  'provision',
  'import',
  'restore',
  'mirror',
  'delete',
] as const;

export const VmListArgs = args({
  limit: Type.Optional(text('A UUID, or a pattern that some part of the name must match.')),
  node: Type.Optional(text('Only VMs that are on this node.')),
  state: Type.Optional(choice(`Only VMs in this state: one of ${LISTED_STATES.join(', ')}.`, LISTED_STATES)),
  tag: Type.Optional(text('Only VMs with this tag.')),
  negate: flag('Turn each of the other conditions round.'),
});

const SELECTOR_WORDS = ['none', 'mem', 'memprov', 'load', 'vcpus', 'vms'] as const;
const METHOD_WORDS = ['none', 'live', 'shutdown'] as const;

const selector = Type.Optional(
  choice(`How a target node is chosen: one of ${SELECTOR_WORDS.join(', ')}.`, SELECTOR_WORDS),
);
const method = Type.Optional(
  choice(`How the VM moves to another node: one of ${METHOD_WORDS.join(', ')}.`, METHOD_WORDS),
);
const downtime = Type.Optional(
  integer('The longest pause of a live migration, in milliseconds, up to an hour.', 0, 3_600_000),
);
const limit = Type.Optional(
  Type.String({ description: 'The nodes it may run on, between commas; empty for all.', maxLength: 4096 }),
);
const xml = text('The definition of the VM, as libvirt takes it.', 512 * 1024);

export const VmDefineArgs = args({
  xml,
  node: Type.Optional(text('The node that the VM is given to; without it one is chosen.')),
  force: flag('Also to a named node that has not the memory for it.'),
  limit,
  selector,
  autostart: flag('Start the VM when its node becomes ready.'),
  migration_method: method,
  migration_max_downtime: downtime,
  user_tags: Type.Optional(texts('Tags that can be removed.')),
  protected_tags: Type.Optional(texts('Tags that cannot be removed.')),
});

export const VmModifyArgs = args({ xml, restart: flag('Restart a running VM, so that it takes effect.') });

export const VmRemoveArgs = args({
  delete_disks: flag('Remove the volumes of the VM too.'),
  force: flag('Also when the VM is a mirror.'),
});

export const VmMetaArgs = args({
  limit,
  selector,
  autostart: Type.Optional(Type.Boolean({ description: 'Start the VM when its node becomes ready.' })),
  profile: Type.Optional(Type.String({ description: 'The profile it was made from.', maxLength: 1024 })),
  migration_method: method,
  migration_max_downtime: downtime,
});

export const VmTagArgs = args({
  action: choice('What to do with the tag: add or remove.', ['add', 'remove'] as const),
  tag: text('The tag.', 255),
  protected: flag('A tag that cannot be removed.'),
});

export const VM_WISHES = ['start', 'shutdown', 'stop', 'restart', 'disable'] as const;

export const VmStateArgs = args({
  state: choice(`What the VM shall do: one of ${VM_WISHES.join(', ')}.`, VM_WISHES),
  force: flag('Also against a guard rail, after reading what it says.'),
  wait: flag('Answer when it is so, not when it is wished.'),
});

export const VM_MOVES = ['migrate', 'unmigrate', 'move'] as const;

export const VmNodeArgs = args({
  action: choice(`How the VM goes to another node: one of ${VM_MOVES.join(', ')}.`, VM_MOVES),
  node: Type.Optional(text('The target; without it one is chosen.')),
  force: flag('Also when it was migrated before, is a mirror, or the node has not the memory for it.'),
  wait: flag('Answer when it is there.'),
  force_live: flag('Rather not at all than by a shutdown.'),
});

export const VmRenameArgs = args({ new_name: text('The new name.', 255) });
export const VmDeviceArgs = args({ xml: text('The device, as libvirt takes it.', 64 * 1024) });
export const LinesArgs = args({
  lines: integer('How many lines, the last ones: 1 to 100000.', 1, 100_000, 10),
});

export const AutobackupArgs = args({
  force_full: flag('Full backups, whatever there is.'),
  email_recipients: Type.Optional(texts('Mailboxes that get the summary too.')),
  target: Type.Optional(text('Only to this target of the configuration.', 255)),
  vms: Type.Optional(texts('Only these VMs, without regard to tags.')),
});

export const CONSISTENCIES = ['frozen', 'paused', 'crash'] as const;

export const SnapshotCreateArgs = args({
  snapshot_name: Type.Optional(text('The name; by default the time.', 128)),
  consistency: Type.Optional(
    choice(`How its disks belong together, at least: one of ${CONSISTENCIES.join(', ')}.`, CONSISTENCIES),
  ),
});

export const SnapshotRemoveArgs = args({
  snapshot_name: text('The snapshot.', 128),
  force: flag('Also when a mirror goes on from it: the next transfer is a full one then.'),
});

export const SnapshotRollbackArgs = args({
  snapshot_name: text('The snapshot.', 128),
  force: flag('Also when the VM is the copy of a mirror.'),
});

export const SnapshotExportArgs = args({
  snapshot_name: text('The snapshot.', 128),
  export_path: text('A directory below one of those that the configuration allows.', 4096),
  incremental_parent: Type.Optional(text('Only what has changed since this snapshot.', 128)),
});

export const SnapshotImportArgs = args({
  snapshot_name: text('The snapshot.', 128),
  import_path: text('The directory that it was exported to.', 4096),
  start: flag('Whether the VM is started then.'),
});

export const BackupListArgs = args({
  target: Type.Optional(text('Only of this target.', 255)),
  vm: Type.Optional(text('Only of the VM that has, or had, this name.', 255)),
});

export const BackupArgs = args({
  target: text('The target of the configuration.', 255),
  backup: Type.Optional(text('The backup; by default the newest.', 128)),
});

export const RestoreBackupArgs = args({
  target: text('The target of the configuration.', 255),
  backup: Type.Optional(text('The backup; by default the newest.', 128)),
  as: Type.Optional(text('Another name for the VM: it and its volumes are new ones then.', 255)),
  pool: Type.Optional(text('The pool that its volumes go to.', 255)),
  node: Type.Optional(text('The node that it belongs to.', 255)),
  start: flag('Whether the VM is started then.'),
  force: flag('Also when the pool would be more than 80 % full.'),
});

export const RemoveBackupArgs = args({
  target: text('The target of the configuration.', 255),
  backup: text('The backup.', 128),
  force: flag('With the backups that build on it.'),
});

export const BackupRow = body({
  target: Word,
  vm: Word,
  backup: Word,
  uuid: orNull(Type.String()),
  type: orNull(Type.String()),
  parent: orNull(Type.String()),
  at: orNull(Type.Number({ description: 'Milliseconds since 1970 UTC.' })),
  bytes: Amount,
  consistency: orNull(Type.String()),
  state: Type.String({ description: 'complete, without its base, or damaged' }),
  why: Type.String({ description: 'Why it is kept or goes, or what is wrong with it.' }),
});
export type BackupRow = Shape<typeof BackupRow>;

export const BackupList = body({
  backups: Type.Array(BackupRow),
  left_out: Type.Integer({ description: 'How many older ones the answer leaves out.' }),
  unreached: Type.Array(Type.String(), { description: 'Targets that could not be looked into, and why.' }),
});
export type BackupList = Shape<typeof BackupList>;

const peerName = Type.Optional(
  Type.String({ minLength: 1, description: 'The peer of the configuration; by default the default one.' }),
);
/** As PVC's clients name another cluster. */
const destination = {
  peer: peerName,
  destination_api_uri: Type.Optional(
    Type.String({ description: 'The address of its API: it has to be that of a configured peer.' }),
  ),
  destination_api_key: Type.Optional(Type.String({ description: 'Not used: the configuration has it.' })),
  destination_storage_pool: Type.Optional(
    Type.String({ description: 'Not used: `mirror.peers.NAME.pools` of the configuration.' }),
  ),
};

export const MirrorCreateArgs = args(destination);
export const MirrorVerifyArgs = args(destination);
export const MirrorPromoteArgs = args({
  ...destination,
  remove_on_source: flag('Its disks here go into the trash then, and its definition goes.'),
  reclaim: flag('Takes back a hand-over whose copy there has never run.'),
  destination_is_off: flag('With reclaim: somebody vouches that the other cluster is off for good.'),
});
export const SnapshotSendArgs = args({
  ...destination,
  snapshot_name: Type.String({ minLength: 1, description: 'The snapshot that is sent.' }),
});
export const AutomirrorArgs = args({
  peer: peerName,
  vms: Type.Optional(Type.Array(Type.String(), { description: 'Only these; their tags say where to.' })),
  email_recipients: Type.Optional(Type.Array(Type.String(), { description: 'Who gets the summary too.' })),
  email_errors_only: flag('They get it only after a failure.'),
});
export const MirrorListArgs = args({
  vm: Type.Optional(Type.String({ description: 'Only this one, by name or UUID.' })),
});
export const MirrorList = Type.Array(
  Type.Object({
    uuid: Type.String(),
    name: Type.String(),
    role: Type.String(),
    epoch: Type.Integer(),
    head: Type.Union([Type.String(), Type.Null()]),
    source: Type.Union([Type.String(), Type.Null()]),
    promote: Type.Union([Type.String(), Type.Null()]),
    problem: Type.Union([Type.String(), Type.Null()]),
    peers: Type.Array(
      Type.Object({
        name: Type.String(),
        point: Type.Union([Type.String(), Type.Null()]),
        at: Type.Union([Type.Number(), Type.Null()], { description: 'Seconds since 1970: of the point.' }),
        problem: Type.Union([Type.String(), Type.Null()]),
      }),
    ),
  }),
);
export type MirrorList = Shape<typeof MirrorList>;
