import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError, forEachOf, messageOf } from '../core/index.js';
import { findVm, vmNames } from '../domain/index.js';
import { askForPoint, dropPoint, type Point, readPointRecord, readTags, whileRead } from '../point/index.js';
import { defineTask, resultOfRun, type RunLine, type TaskKind } from '../task/index.js';
import type { AnyTask } from '../volume/index.js';
import { prune, refuseCopy, told } from './create.js';
import { MIRROR_SLOT } from './names.js';
import { readMirror } from './records.js';
import { noSuchPeer, sendPoint, withPeer } from './send.js';
import type { MirrorWorld } from './world.js';

/** VMs at once: their transfers share the same OSDs. */
const VMS = 2;

/** `cluster.automirror`: every VM that a tag selects, from one point to all of its destinations; no failure stops another. */
export function automirrorTask(world: MirrorWorld): TaskKind {
  return defineTask({
    kind: 'cluster.automirror',
    arguments: TASK_ARGUMENTS['cluster.automirror'],
    where: 'primary',
    concurrency: 1,
    async run(task) {
      const {
        vms,
        peer,
        email_recipients: recipients = [],
        email_errors_only: onlyErrors = false,
      } = task.args;
      const startedAt = world.clock.now();
      const lines: RunLine[] = [];
      const failed = (object: string, error: unknown) => {
        lines.push({ object, ok: false, text: messageOf(error), ms: 0, bytes: 0 });
      };
      const jobs =
        vms === undefined
          ? await selected(world, peer, task.signal)
          : await wished(world, vms, peer, task.signal, failed);
      await forEachOf(jobs, VMS, async (job, current) => {
        const tell = (text: string, bytes?: Moved) => {
          task.progress({ current, total: jobs.length, text, ...(bytes === undefined ? {} : { bytes }) });
        };
        lines.push(...(await mirrorOne(world, task, job, tell)));
      });
      lines.sort((one, other) => (one.object < other.object ? -1 : 1));
      const summary = {
        what: 'Automirror',
        cluster: world.cluster.name,
        task: task.id,
        startedAt,
        endedAt: world.clock.now(),
        lines,
      };
      const allWell = lines.every(({ ok }) => ok);
      const untold = await world.tell(summary, onlyErrors && allWell ? [] : recipients);
      return resultOfRun(summary, untold, {
        ...{ what: 'mirrors', incomplete: 'MIRROR_INCOMPLETE' },
        message: (count) => `Mirrors that are up to date: ${count}.`,
      });
    },
  });
}

/** Bytes that went out, of so many at most. */
interface Moved {
  readonly done: number;
  readonly total: number;
}

interface Job {
  readonly uuid: string;
  readonly vm: string;
  readonly peers: readonly string[];
}

async function mirrorOne(
  world: MirrorWorld,
  task: AnyTask,
  job: Job,
  tell: (text: string, bytes?: Moved) => void,
): Promise<readonly RunLine[]> {
  const { clock } = world;
  const { uuid, vm } = job;
  const began = clock.monotonic();
  const lines: RunLine[] = [];
  tell(`mirroring ${vm}`);
  const failed = (peer: string, error: unknown, since: number) => {
    // A run that is over ends; whatever else happens to one VM is that VM's line.
    if (task.signal.aborted) throw error;
    lines.push({
      object: `${vm} → ${peer}`,
      ok: false,
      text: messageOf(error),
      ms: clock.monotonic() - since,
      bytes: 0,
    });
  };
  try {
    await whileRead(
      world,
      task,
      uuid,
      'cluster.automirror',
      async () => {
        await refuseCopy(world, { uuid, name: vm }, task.signal);
        const known = job.peers.filter((peer) => world.peers[peer] !== undefined);
        // The wish for a peer that is not there fails alone, with the names that are.
        for (const peer of job.peers) if (!known.includes(peer)) failed(peer, noSuchPeer(world, peer), began);
        if (known.length === 0) return;
        const point = await askForPoint(world, task, { uuid, vm }, { origin: 'automirror' });
        for (const name of known) {
          const since = clock.monotonic();
          try {
            await withPeer(world, name, task.signal, async (peer) => {
              const sent = await told(world, uuid, peer, () =>
                sendPoint(world, task, peer, { uuid, name: vm }, point, tell),
              );
              await prune(world, task, uuid, peer, 'automirror');
              const text = `point ${sent.reached.name} (${sent.why})`;
              lines.push({ object: `${vm} → ${name}`, ok: true, text, ms: sent.ms, bytes: sent.bytes });
            });
          } catch (error) {
            failed(name, error, since);
          }
        }
        await forgetIfNowhere(world, task, uuid, point);
        await prune(world, task, uuid, undefined, 'automirror');
      },
      MIRROR_SLOT,
    );
  } catch (error) {
    failed(job.peers.join(', '), error, began);
  }
  return lines;
}

/** One that came nowhere is no base, and the next run takes its own (D5); where it came, the record of the mirror says (I3). */
async function forgetIfNowhere(
  world: MirrorWorld,
  task: AnyTask,
  uuid: string,
  { id, name }: Point,
): Promise<void> {
  const options = { signal: task.signal };
  const mirror = await readMirror(world.store, uuid, options);
  if (mirror?.value.peers?.some(({ last }) => last?.id === id) === true) return;
  const record = await readPointRecord(world.store, uuid, name, options);
  if (record?.value.id === id) await dropPoint(world, { uuid, name, record }, options);
}

/** The VMs that are selected by their tags and are the active ones: of the others another cluster takes care. */
async function selected(
  world: MirrorWorld,
  only: string | undefined,
  signal: AbortSignal,
): Promise<readonly Job[]> {
  const names = await vmNames(world.store, { signal });
  const jobs = await Promise.all(
    [...names].map(async ([uuid, vm]) => {
      const job = await jobOf(world, uuid, vm, only, signal);
      if (job === undefined) return [];
      const role = (await readMirror(world.store, uuid, { signal }))?.value.role ?? 'active';
      return role === 'active' ? [job] : [];
    }),
  );
  return jobs.flat().sort((one, other) => (one.vm < other.vm ? -1 : 1));
}

/** The VMs that were asked for by name or UUID, each once; what is none is told. */
async function wished(
  world: MirrorWorld,
  vms: readonly string[],
  only: string | undefined,
  signal: AbortSignal,
  failed: (vm: string, error: unknown) => void,
): Promise<readonly Job[]> {
  const names = await vmNames(world.store, { signal });
  const jobs = new Map<string, Job>();
  for (const wish of vms)
    try {
      const uuid = await findVm(world.store, wish, { signal });
      const job = await jobOf(world, uuid, names.get(uuid) ?? wish, only, signal);
      if (job === undefined)
        throw new DroverError('REFUSED', {
          object: `VM '${names.get(uuid) ?? wish}'`,
          reason: only === undefined ? 'no tag of it names a destination' : `no tag of it names ${only}`,
          remedy: `give it one: ${world.tags.map((tag) => `${tag}:PEER`).join(' or ')}`,
        });
      jobs.set(uuid, job);
    } catch (error) {
      failed(wish, error);
    }
  return [...jobs.values()];
}

/** A VM with the peers that its tags name; undefined when they name none. */
async function jobOf(
  world: MirrorWorld,
  uuid: string,
  vm: string,
  only: string | undefined,
  signal: AbortSignal,
): Promise<Job | undefined> {
  const tags = (await readTags(world.store, uuid, { signal })).map(({ name }) => name);
  const peers = peersOf(world, tags).filter((peer) => only === undefined || peer === only);
  return peers.length === 0 ? undefined : { uuid, vm, peers };
}

/** The peers that the tags of a VM name: `TAG` the default one, `TAG:PEER` that one; an empty name is told as a wrong one. */
export function peersOf(
  { tags, defaultPeer }: Pick<MirrorWorld, 'tags' | 'defaultPeer'>,
  its: readonly string[],
): readonly string[] {
  const named = its.flatMap((tag) => {
    const [word = '', ...rest] = tag.split(':');
    if (!tags.includes(word)) return [];
    return [tag.includes(':') ? rest.join(':') : (defaultPeer ?? '')];
  });
  return [...new Set(named)].sort();
}
