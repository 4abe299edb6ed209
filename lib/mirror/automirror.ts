import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError, forEachOf } from '../core/index.js';
import { findVms, vmNames } from '../domain/index.js';
import { askForPoint, dropPoint, type Point, readPointRecord, readTags, whileRead } from '../point/index.js';
import { defineTask, resultOfRun, Run, type TaskKind } from '../task/index.js';
import type { AnyTask } from '../volume/index.js';
import { pruneHere, pruneThere, refuseCopy, told } from './create.js';
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
      const run = new Run(world.clock, task);
      const jobs =
        vms === undefined
          ? await selected(world, run, peer, task)
          : await wished(world, run, vms, peer, task);
      await forEachOf(jobs, VMS, async (job, current) => {
        const tell = (text: string, bytes?: Moved) => {
          task.progress({ current, total: jobs.length, text, ...(bytes === undefined ? {} : { bytes }) });
        };
        await mirrorOne(world, task, run, job, tell);
      });
      const summary = run.summary('Automirror', world.cluster.name);
      const allWell = summary.lines.every(({ ok }) => ok);
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
  run: Run,
  job: Job,
  tell: (text: string, bytes?: Moved) => void,
): Promise<void> {
  const { clock } = world;
  const { uuid, vm } = job;
  const began = clock.monotonic();
  tell(`mirroring ${vm}`);
  const lineOf = (peer: string) => `${vm} → ${peer}`;
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
        for (const peer of job.peers)
          if (!known.includes(peer)) run.failed(lineOf(peer), began, noSuchPeer(world, peer));
        if (known.length === 0) return;
        const point = await askForPoint(world, task, { uuid, vm }, { origin: 'automirror' });
        for (const name of known) {
          const since = clock.monotonic();
          try {
            await withPeer(world, name, task.signal, async (peer) => {
              const sent = await told(world, uuid, peer, () =>
                sendPoint(world, task, peer, { uuid, name: vm }, point, tell),
              );
              await pruneThere(world, task, uuid, peer, 'automirror');
              const text = `point ${sent.reached.name} (${sent.why})`;
              run.done(lineOf(name), { text, ms: sent.ms, bytes: sent.bytes });
            });
          } catch (error) {
            run.failed(lineOf(name), since, error);
          }
        }
        await forgetIfNowhere(world, task, uuid, point);
        await pruneHere(world, task, uuid, 'automirror');
      },
      MIRROR_SLOT,
    );
  } catch (error) {
    run.failed(lineOf(job.peers.join(', ')), began, error);
  }
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
  run: Run,
  only: string | undefined,
  { signal }: AnyTask,
): Promise<readonly Job[]> {
  const began = world.clock.monotonic();
  const names = await vmNames(world.store, { signal });
  const jobs = await Promise.all(
    [...names].map(async ([uuid, vm]) => {
      try {
        const job = await jobOf(world, uuid, vm, only, signal);
        if (job === undefined) return [];
        const role = (await readMirror(world.store, uuid, { signal }))?.value.role ?? 'active';
        return role === 'active' ? [job] : [];
      } catch (error) {
        run.failed(vm, began, error);
        return [];
      }
    }),
  );
  return jobs.flat().sort((one, other) => (one.vm < other.vm ? -1 : 1));
}

/** The VMs that were asked for by name or UUID, each once; what cannot be mirrored is a line of the run. */
async function wished(
  world: MirrorWorld,
  run: Run,
  vms: readonly string[],
  only: string | undefined,
  { signal }: AnyTask,
): Promise<readonly Job[]> {
  const began = world.clock.monotonic();
  const failed = (vm: string, error: unknown) => run.failed(vm, began, error);
  const found = await findVms(world.store, vms, failed, { signal });
  const jobs: Job[] = [];
  for (const [uuid, vm] of found)
    try {
      const job = await jobOf(world, uuid, vm, only, signal);
      if (job === undefined)
        throw new DroverError('REFUSED', {
          object: `VM '${vm}'`,
          reason: only === undefined ? 'no tag of it names a destination' : `no tag of it names ${only}`,
          remedy: `give it one: ${world.tags.map((tag) => `${tag}:PEER`).join(' or ')}`,
        });
      jobs.push(job);
    } catch (error) {
      failed(vm, error);
    }
  return jobs;
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
