import { TASK_ARGUMENTS } from '../../schemas/index.js';
import { DroverError, forEachOf, messageOf } from '../core/index.js';
import { findVm, vmNames } from '../domain/index.js';
import { askForPoint, readTags, whileRead } from '../point/index.js';
import { defineTask, type RunLine, type TaskKind } from '../task/index.js';
import type { AnyTask } from '../volume/index.js';
import { prune, refuseCopy, told } from './create.js';
import { MIRROR_SLOT } from './names.js';
import { noSuchPeer, sendPoint, withPeer } from './send.js';
import type { MirrorWorld } from './world.js';

/** VMs at once: their transfers share the same OSDs. */
const VMS = 2;
/** Lines of a result that a task may carry; the summary of a run has all. */
const LINES = 200;

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
      const jobs = await selected(world, vms, peer, task.signal);
      await forEachOf(jobs, VMS, async (job, current) => {
        task.progress({ current, total: jobs.length, text: `mirroring ${job.vm}` });
        lines.push(...(await mirrorOne(world, task, job)));
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
      const bad = lines.filter(({ ok }) => !ok);
      const untold = await world.tell(summary, onlyErrors && bad.length === 0 ? [] : recipients);
      if (bad.length > 0)
        throw new DroverError('MIRROR_INCOMPLETE', {
          object: `${bad.length} of ${lines.length} mirrors`,
          reason: [...bad.slice(0, 8).map(({ object, text }) => `${object}: ${text}`), ...untold]
            .join('; ')
            .slice(0, 3000),
        });
      return {
        message: `Mirrors that are up to date: ${lines.length}.`,
        mirrors: lines.slice(0, LINES).map(({ object, text, ms, bytes }) => ({ object, text, ms, bytes })),
        ...(untold.length === 0 ? {} : { reports: untold }),
      };
    },
  });
}

interface Job {
  readonly uuid: string;
  readonly vm: string;
  readonly peers: readonly string[];
}

async function mirrorOne(world: MirrorWorld, task: AnyTask, job: Job): Promise<readonly RunLine[]> {
  const { clock } = world;
  const { uuid, vm } = job;
  const began = clock.monotonic();
  const lines: RunLine[] = [];
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
                sendPoint(world, task, peer, { uuid, name: vm }, point),
              );
              await prune(world, task, uuid, peer, 'automirror');
              const text = `point ${sent.reached.name} (${sent.why})`;
              lines.push({ object: `${vm} → ${name}`, ok: true, text, ms: sent.ms, bytes: sent.bytes });
            });
          } catch (error) {
            failed(name, error, since);
          }
        }
        await prune(world, task, uuid, undefined, 'automirror');
      },
      MIRROR_SLOT,
    );
  } catch (error) {
    failed(job.peers.join(', '), error, began);
  }
  return lines;
}

/** The VMs of a run, by name, each with the peers that its tags name. */
async function selected(
  world: MirrorWorld,
  wished: readonly string[] | undefined,
  only: string | undefined,
  signal: AbortSignal,
): Promise<readonly Job[]> {
  const { store } = world;
  const names = await vmNames(store, { signal });
  const uuids =
    wished === undefined
      ? names.keys()
      : new Set(await Promise.all(wished.map((vm) => findVm(store, vm, { signal }))));
  const jobs = await Promise.all(
    [...uuids].map(async (uuid): Promise<readonly Job[]> => {
      const tags = (await readTags(store, uuid, { signal })).map(({ name }) => name);
      const peers = peersOf(world, tags).filter((peer) => only === undefined || peer === only);
      return peers.length === 0 ? [] : [{ uuid, vm: names.get(uuid) ?? uuid, peers }];
    }),
  );
  return jobs.flat().sort((one, other) => (one.vm < other.vm ? -1 : 1));
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
