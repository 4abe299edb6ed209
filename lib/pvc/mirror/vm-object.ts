import { createHash } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { MirrorOffer } from '../../../schemas/mirror-wire.js';
import { DroverError } from '../../core/index.js';
import { MIGRATION_METHODS, SELECTORS } from '../../tree/index.js';
import { definitionAt } from './definition.js';

const Null = Type.Null();
const open = { additionalProperties: true };

/** What a sender of PVC tells of a VM, as far as it is looked at. */
const VmObject = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 255, pattern: '^[^/\\u0000]+$' }),
    uuid: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
    xml: Type.String({ minLength: 1, maxLength: 256 * 1024 }),
    tags: Type.Array(Type.Object({ name: Type.String({ minLength: 1 }), protected: Type.Boolean() }, open), {
      maxItems: 1000,
    }),
    snapshots: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          timestamp: Type.String({ pattern: '^\\d{1,12}(\\.\\d+)?$' }),
          xml_diff_lines: Type.Array(Type.String()),
          rbd_snapshots: Type.Array(Type.String({ pattern: '^[^/@]+/[^/@]+@[^/@]+$' }), { maxItems: 64 }),
        },
        open,
      ),
    ),
    disks: Type.Array(Type.Object({ type: Type.String(), name: Type.String() }, open)),
    node_selector: Type.Optional(Type.Union([Type.String(), Null])),
    profile: Type.Optional(Type.Union([Type.String(), Null])),
    migration_method: Type.Optional(Type.Union([Type.String(), Null])),
    migration_max_downtime: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Null])),
    node_autostart: Type.Optional(Type.Union([Type.Boolean(), Null])),
  },
  open,
);
export type VmObject = Static<typeof VmObject>;
const vmObject = Compile(VmObject);

/** What names of snapshots may look like here. */
const POINT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** BAD_INPUT when it is none. */
export function readVmObject(body: unknown): VmObject {
  if (vmObject.Check(body)) return body;
  const [error] = vmObject.Errors(body);
  throw new DroverError('BAD_INPUT', {
    object: `body${error === undefined ? '' : error.instancePath}`,
    reason: error?.message ?? 'it is no VM',
    remedy: 'it has to be what the API tells of a VM, in lower-case UUIDs',
  });
}

/** Who sends. PVC tells nothing of itself: it is the token that it has here. */
export function sourceOf(token: string): MirrorOffer['source'] {
  return { cluster: `pvc:${token}`, name: token };
}

/**
 * A snapshot of PVC as the point that it becomes. Its id follows from what PVC tells of it, so that the same snapshot is the same
 * point. BAD_INPUT or REFUSED when it cannot become one.
 */
export function offerOf(vm: VmObject, snapshot: string, token: string, epoch: number): MirrorOffer {
  const its = vm.snapshots.find(({ name }) => name === snapshot);
  const object = `snapshot ${snapshot} of VM '${vm.name}'`;
  if (its === undefined)
    throw new DroverError('BAD_INPUT', {
      object,
      reason: 'it is not among the snapshots of the VM in the body',
    });
  if (!POINT_NAME.test(snapshot))
    throw new DroverError('REFUSED', {
      object,
      reason: 'its name has characters that no snapshot has here',
      remedy: 'name it with letters, digits, dots, dashes and underscores',
    });
  const { uuid, name } = vm;
  return {
    source: sourceOf(token),
    epoch,
    vm: { uuid, name },
    point: {
      ...{
        id: pointId(uuid, snapshot, its.timestamp),
        name: snapshot,
        at: Math.round(Number(its.timestamp) * 1_000),
      },
      ...{ origin: originOf(snapshot), consistency: 'crash', xml: definitionAt(vm.xml, its.xml_diff_lines) },
      meta: metaOf(vm),
    },
    disks: disksOf(vm, its.rbd_snapshots, object),
    bases: [],
  };
}

const ID = 'pvc-';

export function isOfPvc(receive: string): boolean {
  return receive.startsWith(ID);
}

function pointId(uuid: string, snapshot: string, timestamp: string): string {
  const digest = createHash('sha256').update(`${uuid}\n${snapshot}\n${timestamp}`).digest('hex');
  return ID + digest.slice(0, 32);
}

/** What PVC sends are the disks of the VM as it is now; what it should send, those of the snapshot (M13, M37). */
function disksOf({ disks }: VmObject, snapshots: readonly string[], object: string): MirrorOffer['disks'] {
  const held = snapshots.map((one) => one.split('@')[0] ?? '');
  const sent = disks.filter(({ type }) => type === 'rbd').map(({ name }) => name);
  const missing = held.find((one) => !sent.includes(one)) ?? sent.find((one) => !held.includes(one));
  if (missing !== undefined)
    throw new DroverError('REFUSED', {
      object,
      reason: `disk ${missing} is either of the snapshot or of the VM as it is now, and PVC would leave one out`,
      remedy: 'send a snapshot that was taken after the last change of the disks',
    });
  return held.map((of) => {
    const [pool = '', volume = ''] = of.split('/');
    return { of, pool, volume, bytes: 0, data: 0 };
  });
}

function metaOf(vm: VmObject): MirrorOffer['point']['meta'] {
  const { profile, migration_method: method, node_selector: selector, migration_max_downtime: downtime } = vm;
  return {
    ...(profile ? { profile } : {}),
    ...(method && MIGRATION_METHODS.some((one) => one === method) ? { migrationMethod: method } : {}),
    ...(selector && SELECTORS.some((one) => one === selector) ? { nodeSelector: selector } : {}),
    ...(downtime === undefined || downtime === null ? {} : { migrationMaxDowntime: downtime }),
    ...(typeof vm.node_autostart === 'boolean' ? { autostart: vm.node_autostart } : {}),
    tags: vm.tags.map(({ name, protected: kept }) => ({ name, protected: kept })),
  };
}

const ORIGINS = { mr: 'mirror', am: 'automirror', ab: 'backup' } as const;

function originOf(snapshot: string): MirrorOffer['point']['origin'] {
  const [, prefix] = /^(mr|am|ab)\d/.exec(snapshot) ?? [];
  return prefix === undefined ? 'manual' : ORIGINS[prefix as keyof typeof ORIGINS];
}
