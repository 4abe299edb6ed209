import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError, isDroverError, LIMITS } from '../core/index.js';
import { nodeOfVm, whereabouts } from '../domain/index.js';
import { Operations } from '../ownership/index.js';
import { defineTask, type TaskContext, type TaskKind } from '../task/index.js';
import { countOf, type Device, readDevice } from './device-view.js';
import type { VolumeWorld } from './world.js';

interface DeviceArguments {
  readonly domain: string;
  readonly xml: string;
}

/** `vm.device_attach`: a running VM has another device. Its definition stays as it is. */
export function attachDeviceTask(world: VolumeWorld): TaskKind {
  const { storage, hypervisor } = world;
  return defineTask({
    kind: 'vm.device_attach',
    arguments: TASK_ARGUMENTS['vm.device_attach'],
    where: ({ domain }, from) => nodeOfVm(from, domain),
    run: (task) =>
      onRunning(world, task, 'vm.device_attach', async (uuid, before, device) => {
        const { signal } = task;
        const has = countOf(await liveXml(world, uuid, signal), device);
        if (has <= before) {
          if (device.image !== undefined) {
            const [watcher] = await storage.watchers(device.image, { signal });
            if (watcher !== undefined)
              throw new DroverError('HELD', {
                object: `image ${device.image.pool}/${device.image.name}`,
                reason: `${watcher.address} has it open`,
                remedy: 'end that client first: two writers destroy what is on it',
              });
          }
          task.throwIfOver();
          await hypervisor.attach(uuid, task.args.xml, { signal });
        }
        if (countOf(await liveXml(world, uuid, signal), device) <= before)
          throw new DroverError('HYPERVISOR_REFUSED', {
            object: `domain ${uuid}`,
            reason: 'libvirt took the device and does not list it',
          });
      }),
  });
}

/** `vm.device_detach`: ends once the guest has given the device up. */
export function detachDeviceTask(world: VolumeWorld): TaskKind {
  const { hypervisor } = world;
  return defineTask({
    kind: 'vm.device_detach',
    arguments: TASK_ARGUMENTS['vm.device_detach'],
    where: ({ domain }, from) => nodeOfVm(from, domain),
    run: (task) =>
      onRunning(world, task, 'vm.device_detach', async (uuid, before, device) => {
        const { signal } = task;
        if (before === 0)
          throw new DroverError('NOT_FOUND', {
            object: `domain ${uuid}`,
            reason: `it has no such ${device.type}`,
          });
        const gone = async () => countOf(await liveXml(world, uuid, signal), device) < before;
        if (await gone()) return;
        task.throwIfOver();
        await untilGone(world, signal, gone, () => hypervisor.detach(uuid, task.args.xml, { signal }));
      }),
  });
}

/**
 * Does `work` on a VM that runs here, which nobody starts, stops or moves meanwhile. `before` is how many of such devices it
 * had before the first attempt.
 */
async function onRunning(
  { store, clock, hypervisor }: VolumeWorld,
  task: TaskContext<DeviceArguments>,
  operation: string,
  work: (uuid: string, before: number, device: Device) => Promise<void>,
): Promise<{ readonly uuid: string; readonly device: string }> {
  const { signal, node, id, proof } = task;
  const device = readDevice(task.args.xml);
  const { uuid } = await whereabouts(store, task.args.domain, { signal });
  const slot = await new Operations(store).begin(
    uuid,
    { slot: 'life', id, operation, node, proof, now: clock.now() },
    { signal },
  );
  try {
    const { name, holders } = await whereabouts(store, uuid, { signal });
    const live = holders.includes(node) ? await hypervisor.liveXml(uuid, { signal }) : undefined;
    if (live === undefined)
      throw new DroverError('REFUSED', {
        object: `VM '${name}'`,
        reason: `it does not run on ${node}`,
        remedy: 'change its definition instead, or ask again where it runs',
      });
    const saved = (task.resume as { readonly before?: number } | undefined)?.before;
    const before = saved ?? countOf(live, device);
    if (saved === undefined) await task.save({ before });
    await work(uuid, before, device);
    return { uuid, device: device.type };
  } finally {
    await slot.end().catch((error: unknown) => {
      task.log.warn({ task: id, err: error }, 'a slot could not be given back');
    });
  }
}

/** Asks, and looks whenever libvirt tells that something happened, until it is so. DEADLINE when the guest keeps it. */
async function untilGone(
  { hypervisor, clock }: VolumeWorld,
  signal: AbortSignal,
  gone: () => Promise<boolean>,
  ask: () => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const alarm = clock.after(LIMITS.deviceGoneMs, () => {
    over.abort(
      new DroverError('DEADLINE', {
        object: 'the guest',
        reason: `it has not given up the device in ${LIMITS.deviceGoneMs / 1_000} s`,
        remedy: 'end what uses it in the guest, then ask again',
      }),
    );
  });
  const until = AbortSignal.any([signal, over.signal]);
  const listening = new AbortController();
  let ring: () => void = () => undefined;
  let rung = true;
  const wake = () => {
    rung = true;
    ring();
  };
  until.addEventListener('abort', wake, { once: true });
  const watching = hypervisor.watch(wake, AbortSignal.any([until, listening.signal]));
  try {
    await ask();
    while (!(await gone())) {
      until.throwIfAborted();
      if (!rung) await new Promise<void>((resolve) => (ring = resolve));
      rung = false;
    }
  } catch (error) {
    // Another attempt, or somebody else, has taken it out meanwhile.
    if (!isDroverError(error, 'HYPERVISOR_REFUSED') || !(await gone())) throw error;
  } finally {
    alarm.cancel();
    until.removeEventListener('abort', wake);
    listening.abort();
    await watching;
  }
}

async function liveXml({ hypervisor }: VolumeWorld, uuid: string, signal: AbortSignal): Promise<string> {
  const xml = await hypervisor.liveXml(uuid, { signal });
  if (xml !== undefined) return xml;
  throw new DroverError('NOT_FOUND', { object: `domain ${uuid}`, reason: 'it has ended meanwhile' });
}
