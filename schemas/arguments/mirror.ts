import { Type } from 'typebox';
import { taskArguments } from './form.js';

const vm = Type.String({ minLength: 1, maxLength: 255, description: 'The VM, by name or UUID.' });
const peer = Type.String({ minLength: 1, maxLength: 255, description: 'The peer of the configuration.' });

export const CreateMirrorArguments = taskArguments(
  'vm.create_mirror',
  'Takes a restore point of a VM and sends it to another cluster: what changed since the newest one that both have.',
  { vm, peer: Type.Optional(peer) },
);

export const SendSnapshotArguments = taskArguments(
  'vm.send_snapshot',
  'Sends a restore point of a VM to another cluster.',
  {
    vm,
    peer: Type.Optional(peer),
    snapshot_name: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$',
      description: 'The name of the snapshot.',
    }),
  },
);

export const VerifyMirrorArguments = taskArguments(
  'vm.verify_mirror',
  'Compares the newest restore point that this cluster and a copy of the VM have, byte for byte, by sums of ranges.',
  { vm, peer: Type.Optional(peer) },
);

export const PromoteMirrorArguments = taskArguments(
  'vm.promote_mirror',
  'Moves a VM to another cluster: its copy there becomes the active one, and this one the copy.',
  {
    vm,
    peer: Type.Optional(peer),
    remove_on_source: Type.Optional(
      Type.Boolean({ description: 'Its disks here go into the trash, and its definition goes.' }),
    ),
    reclaim: Type.Optional(
      Type.Boolean({ description: 'Takes a hand-over back whose copy there has never run.' }),
    ),
    destination_is_off: Type.Optional(
      Type.Boolean({
        description:
          'With reclaim: somebody vouches that the other cluster is off for good; when it answers, its word counts.',
      }),
    ),
  },
);

export const AutomirrorArguments = taskArguments(
  'cluster.automirror',
  'Mirrors every VM that a tag selects to the clusters that its tags name.',
  {
    vms: Type.Optional(Type.Array(vm, { description: 'Only these; their tags still say where to.' })),
    peer: Type.Optional(peer),
    email_recipients: Type.Optional(
      Type.Array(Type.String({ maxLength: 254, pattern: '^[^\\s@<>,;:"()\\[\\]\\\\]+@[A-Za-z0-9.-]+$' }), {
        description: 'Get the summary too.',
      }),
    ),
    email_errors_only: Type.Optional(Type.Boolean({ description: 'They get it only after a failure.' })),
  },
);
