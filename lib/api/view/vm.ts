import type { Lines, Vm, VmMeta, VmNode, VmState, VmTags } from '../../../schemas/api.js';
import { DroverError } from '../../core/index.js';
import type { Clock } from '../../ports/index.js';
import { lastLines } from './lines.js';
import type { Seen, Sight } from './sight.js';
import { disksOf, networksOf } from './figures.js';
import { type Hardware, hardwareOf } from './hardware.js';
import { Memo } from './memo.js';
import { VmSnapshots } from './vm-snapshots.js';

const META = [
  'name',
  'nodeLimit',
  'nodeSelector',
  'autostart',
  'profile',
  'migrationMethod',
  'migrationMaxDowntime',
] as const;
const PLACE = ['state', 'node', 'lastNode'] as const;
const KEYS = [...META, ...PLACE, 'xml', 'stats', 'failedReason', 'vnc'] as const;

/** What a list of VMs is narrowed to; with `negate` each condition is turned round. */
export interface VmFilter {
  /** Whether the name, or the UUID, is wanted. */
  readonly limit?: (name: string, uuid: string) => boolean;
  readonly node?: string;
  readonly state?: string;
  readonly tag?: string;
  readonly negate: boolean;
}

/** VMs as the API shows them. Keeps what was made of definitions and snapshots for as long as their keys stand. */
export class VmView {
  readonly #hardware = new Memo<Hardware>(4096);
  readonly #snapshots: VmSnapshots;

  constructor(clock: Clock) {
    this.#snapshots = new VmSnapshots(clock);
  }

  /** The VMs that match, by name. A definition that vanishes meanwhile is left out. */
  async list(sight: Sight, filter: VmFilter): Promise<Vm[]> {
    const { limit, negate } = filter;
    const named = await namesOf(sight);
    const wanted = named.filter(([uuid, name]) => limit === undefined || limit(name, uuid) !== negate);
    const matching = await Promise.all(wanted.map(([uuid]) => matches(sight, uuid, filter)));
    const vms = await Promise.all(
      wanted.filter((_, at) => matching[at]).map(([uuid]) => this.#vm(sight, uuid)),
    );
    return vms.filter((vm) => vm !== undefined).sort(byName);
  }

  /** The VM with this UUID, or those with this very name. NOT_FOUND when there is none. */
  async get(sight: Sight, vm: string): Promise<Vm[]> {
    const vms = await Promise.all((await identified(sight, vm)).map((uuid) => this.#vm(sight, uuid)));
    const found = vms.filter((one) => one !== undefined);
    if (found.length === 0) throw missing(vm);
    return found.sort(byName);
  }

  async meta(sight: Sight, vm: string): Promise<VmMeta> {
    return metaOf(await sight.object('domain', { uuid: await theOne(sight, vm) }, META));
  }

  async tags(sight: Sight, vm: string): Promise<VmTags> {
    const uuid = await theOne(sight, vm);
    const [domain, tags] = await Promise.all([
      sight.object('domain', { uuid }, ['name']),
      tagsOf(sight, uuid),
    ]);
    return { name: domain.text('name'), tags };
  }

  async state(sight: Sight, vm: string): Promise<VmState> {
    const domain = await sight.object('domain', { uuid: await theOne(sight, vm) }, ['name', 'state']);
    return { name: domain.text('name'), state: domain.text('state') };
  }

  async node(sight: Sight, vm: string): Promise<VmNode> {
    const uuid = await theOne(sight, vm);
    const domain = await sight.object('domain', { uuid }, ['name', 'node', 'lastNode']);
    return { name: domain.text('name'), node: domain.text('node'), last_node: domain.text('lastNode') };
  }

  /** The last lines that the guest printed to its console. */
  async console(sight: Sight, vm: string, lines: number): Promise<Lines> {
    const uuid = await theOne(sight, vm);
    const domain = await sight.object('domain', { uuid }, ['name', 'consoleLog']);
    return { name: domain.text('name'), data: lastLines(domain.text('consoleLog'), lines) };
  }

  async #vm(sight: Sight, uuid: string): Promise<Vm | undefined> {
    const reading = sight.object('domain', { uuid }, KEYS);
    const [domain, tags, snapshots] = await Promise.all([
      reading,
      tagsOf(sight, uuid),
      this.#snapshots.of(sight, uuid, reading),
    ]);
    if (!domain.has('name')) return undefined;
    const { disks, networks, xml, ...hardware } = this.#hardwareOf(uuid, domain);
    const stats = domain.value('stats')?.object ?? {};
    return {
      ...metaOf(domain),
      uuid,
      state: domain.text('state'),
      node: domain.text('node'),
      last_node: domain.text('lastNode'),
      migrated: domain.text('lastNode') === '' ? 'no' : `from ${domain.text('lastNode')}`,
      failed_reason: domain.text('failedReason'),
      tags,
      snapshots,
      ...hardware,
      memory_stats: figures(stats['mem_stats']),
      vcpu_stats: figures(stats['cpu_stats']),
      networks: networksOf(networks, stats['net_stats']),
      vnc: vncOf(domain.text('vnc')),
      disks: disksOf(disks, stats['disk_stats']),
      xml,
    };
  }

  #hardwareOf(uuid: string, domain: Seen<'domain', 'xml'>): Hardware {
    const stamp = String(domain.stamp('xml'));
    return this.#hardware.get(uuid, stamp) ?? this.#hardware.set(uuid, stamp, hardwareOf(domain.text('xml')));
  }
}

async function namesOf(sight: Sight): Promise<(readonly [uuid: string, name: string])[]> {
  const uuids = await sight.names('/domains');
  const domains = await Promise.all(uuids.map((uuid) => sight.object('domain', { uuid }, ['name'])));
  return uuids.flatMap((uuid, at) => {
    const domain = domains[at];
    return domain?.has('name') === true ? [[uuid, domain.text('name')] as const] : [];
  });
}

/** Names are names, never patterns. */
async function identified(sight: Sight, vm: string): Promise<string[]> {
  const uuids = await sight.names('/domains');
  const uuid = vm.toLowerCase();
  if (uuids.includes(uuid)) return [uuid];
  return (await namesOf(sight)).filter(([, name]) => name === vm).map(([found]) => found);
}

async function theOne(sight: Sight, vm: string): Promise<string> {
  const [uuid] = await identified(sight, vm);
  if (uuid === undefined) throw missing(vm);
  return uuid;
}

function missing(vm: string): DroverError {
  return new DroverError('NOT_FOUND', {
    object: `VM '${vm}'`,
    reason: 'no VM has this name or UUID',
  });
}

const NONE: readonly string[] = [];

async function matches(sight: Sight, uuid: string, { node, state, tag, negate }: VmFilter): Promise<boolean> {
  const [domain, tags] = await Promise.all([
    node === undefined && state === undefined
      ? undefined
      : sight.object('domain', { uuid }, ['node', 'state']),
    tag === undefined ? NONE : sight.names(`/domains/${uuid}/tags`),
  ]);
  return (
    (node === undefined || (domain?.text('node') === node) !== negate) &&
    (state === undefined || (domain?.text('state') === state) !== negate) &&
    (tag === undefined || tags.includes(tag) !== negate)
  );
}

function metaOf(domain: Seen<'domain', (typeof META)[number]>): VmMeta {
  const limit = domain.value('nodeLimit') ?? [];
  return {
    name: domain.text('name'),
    node_limit: limit.length === 0 ? null : limit,
    node_selector: wordOrNull(domain.text('nodeSelector')),
    node_autostart: domain.value('autostart') ?? false,
    profile: domain.text('profile'),
    migration_method: wordOrNull(domain.text('migrationMethod')),
    migration_max_downtime: domain.value('migrationMaxDowntime') ?? 300,
  };
}

async function tagsOf(sight: Sight, uuid: string): Promise<Vm['tags']> {
  const tags = await sight.names(`/domains/${uuid}/tags`);
  return await Promise.all(
    tags.map(async (tag) => {
      const seen = await sight.object('tag', { uuid, tag }, ['type', 'protected']);
      return { name: tag, type: seen.text('type'), protected: seen.value('protected') ?? false };
    }),
  );
}

/** `none`, in both spellings, and no text mean that nothing was chosen. */
function wordOrNull(text: string): string | null {
  return text === '' || text.toLowerCase() === 'none' ? null : text;
}

function vncOf(text: string): Vm['vnc'] {
  const at = text.lastIndexOf(':');
  return at < 0 ? { listen: text, port: '' } : { listen: text.slice(0, at), port: text.slice(at + 1) };
}

function figures(value: unknown): Vm['memory_stats'] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Vm['memory_stats'])
    : {};
}

function byName(one: Vm, other: Vm): number {
  if (one.name !== other.name) return one.name < other.name ? -1 : 1;
  return one.uuid < other.uuid ? -1 : 1;
}
