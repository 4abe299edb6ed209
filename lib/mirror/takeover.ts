import type { MirrorActivate, MirrorPrepare } from '../../schemas/mirror-wire.js';
import { DroverError, isDroverError } from '../core/index.js';
import { memoryOf, placementWrite, readPlaces, roomOn, takesVms, targetFor } from '../domain/index.js';
import type { CallOptions, Write } from '../ports/index.js';
import { readPoints } from '../point/index.js';
import { documentPath, readKeys, readRecord } from '../tree/index.js';
import { backTo } from './images.js';
import { type MirrorRecord, mirrorWrite, readMirror, readReceives, termOf } from './records.js';
import type { ReceiverWorld } from './world.js';

/** Says that this copy can become the active one of this epoch, and finds a node that has the room: not before {@link activate}. */
export async function prepare(
  world: ReceiverWorld,
  uuid: string,
  { saga, epoch, state = 'start' }: MirrorPrepare,
  options?: CallOptions,
): Promise<void> {
  const { store, clock, node } = world;
  const mirror = await needCopy(world, uuid, options);
  if (mirror.value.activated?.saga === saga) return;
  if (mirror.value.role !== 'mirror' || epoch <= mirror.value.epoch)
    throw refused(
      uuid,
      `it is ${mirror.value.role} of epoch ${mirror.value.epoch}, and is to be active of ${epoch}`,
    );
  const home = state === 'start' ? await placed(world, uuid, options) : undefined;
  const prepared = { epoch, saga, at: clock.now(), ...(home === undefined ? {} : { node: home.node }) };
  await store.commit(
    [mirrorWrite(uuid, { ...mirror.value, prepared }, mirror), await termOf(store, node, options)],
    options,
  );
}

/** Makes this copy the active one; from here on it is started, or stays stopped, as its source was. Again is fine. */
export async function activate(
  world: ReceiverWorld,
  uuid: string,
  how: MirrorActivate,
  options?: CallOptions,
): Promise<void> {
  const { store, node } = world;
  const mirror = await needCopy(world, uuid, options);
  const { role, activated, prepared, head } = mirror.value;
  if (activated?.saga === how.saga) return;
  if (role !== 'mirror' || prepared?.saga !== how.saga || prepared.epoch !== how.epoch)
    throw refused(uuid, 'it was not prepared for this hand-over, or that was revoked');
  if ([...(await readReceives(store, options)).values()].some(({ value }) => value.uuid === uuid))
    throw refused(uuid, 'a point is on its way to it');
  if (head?.point !== how.point)
    throw refused(uuid, `it holds point ${head?.point ?? 'none'}, and is to go on from ${how.point}`);
  if (head.state !== 'clean') await rolledBack(world, uuid, how.point, options);
  const keys = await readKeys(store, 'domain', { uuid }, ['state', 'node', 'failedReason'], options);
  const home = how.state === 'start' ? await placed(world, uuid, options, prepared.node) : undefined;
  const run = await readRecord(store, 'run', documentPath('run', { uuid }), options);
  const { prepared: _prepared, source: _source, head: _head, ...rest } = mirror.value;
  const writes: Write[] = [
    mirrorWrite(
      uuid,
      {
        ...rest,
        ...{ role: 'active', epoch: how.epoch, head: { state: 'clean', point: how.point } },
        activated: { saga: how.saga, nonce: how.nonce, run: run?.version ?? -1 },
      },
      mirror,
    ),
    await termOf(store, node, options),
    ...keys.set('state', how.state),
    ...keys.set('failedReason', ''),
    ...(home === undefined ? [] : [...keys.set('node', home.node), home.write]),
  ];
  await store.commit(writes, options);
}

/** Makes sure that this copy never becomes active by this hand-over. REFUSED once its guest may have run. */
export async function revoke(
  world: ReceiverWorld,
  uuid: string,
  { saga, epoch }: MirrorPrepare,
  options?: CallOptions,
): Promise<void> {
  const { store, node } = world;
  const mirror = await needCopy(world, uuid, options);
  const { prepared, ...rest } = mirror.value;
  const { activated } = mirror.value;
  const term = await termOf(store, node, options);
  if (mirror.value.role === 'mirror') {
    if (prepared === undefined) return;
    if (prepared.saga !== saga) throw refused(uuid, 'it is prepared for another hand-over');
    await store.commit([mirrorWrite(uuid, rest, mirror), term], options);
    return;
  }
  if (activated?.saga !== saga) throw refused(uuid, `it is ${mirror.value.role} here by another hand-over`);
  const run = await readRecord(store, 'run', documentPath('run', { uuid }), options);
  if ((run?.version ?? -1) !== activated.run)
    throw refused(
      uuid,
      'it has been started here since',
      'let the hand-over go on; it can be handed back afterwards',
    );
  const keys = await readKeys(store, 'domain', { uuid }, ['state'], options);
  const { activated: _activated, ...copy } = rest;
  await store.commit(
    [
      mirrorWrite(uuid, { ...copy, role: 'mirror', epoch }, mirror),
      term,
      ...keys.set('state', 'mirror'),
      // Tied to what has not run: a start takes this very record.
      ...(run === undefined ? [] : [{ op: 'check', path: run.path, version: run.version } as const]),
    ],
    options,
  );
}

/**
 * The node that it will run on, and the write that takes the place there. REFUSED when none has the room; but a VM that is down on
 * both sides is not held up for that any more: it goes to the node that was found when it was `promised`.
 */
async function placed(
  { store, clock }: ReceiverWorld,
  uuid: string,
  options?: CallOptions,
  promised?: string,
): Promise<{ readonly node: string; readonly write: Write }> {
  const places = await readPlaces(store, uuid, options);
  const keys = await readKeys(
    store,
    'domain',
    { uuid },
    ['name', 'node', 'xml', 'nodeLimit', 'nodeSelector'],
    options,
  );
  const memory = memoryOf(keys.needed('xml'));
  const home = places.nodes.find(({ name }) => name === keys.value('node'));
  const stays =
    home !== undefined && takesVms(home) && (roomOn(places, home.name) ?? Infinity) >= (memory ?? 0);
  const limit = (keys.value('nodeLimit') ?? []).filter((name) =>
    places.nodes.some((its) => its.name === name),
  );
  const wish = { node: undefined, limit, selector: keys.sound('nodeSelector'), memory, force: false };
  const target = async () => {
    if (stays) return home.name;
    try {
      return (await targetFor(store, keys.needed('name'), wish, places, options)).name;
    } catch (error) {
      if (promised === undefined || !isDroverError(error, 'REFUSED')) throw error;
      return promised;
    }
  };
  const node = await target();
  return { node, write: placementWrite(places, { vm: uuid, node, at: clock.now() }) };
}

/** Back to the point that it goes on from, when somebody else may have written to its images. */
async function rolledBack(
  world: ReceiverWorld,
  uuid: string,
  id: string,
  options?: CallOptions,
): Promise<void> {
  const point = (await readPoints(world.store, uuid, options)).find((one) => one.id === id);
  if (point === undefined) throw refused(uuid, `point ${id} is not here`);
  for (const disk of point.disks) await backTo(world, point, disk, options);
}

async function needCopy(
  { store }: ReceiverWorld,
  uuid: string,
  options?: CallOptions,
): Promise<MirrorRecord> {
  await store.sync(options);
  const mirror = await readMirror(store, uuid, options);
  if (mirror !== undefined) return mirror;
  throw new DroverError('NOT_FOUND', { object: `VM ${uuid}`, reason: 'there is no copy of it here' });
}

function refused(uuid: string, reason: string, remedy?: string): DroverError {
  return new DroverError('REFUSED', {
    object: `copy of VM ${uuid}`,
    reason,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
