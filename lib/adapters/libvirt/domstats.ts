import type { DiskStats, Domain, DomainStats, NetworkStats } from '../../ports/index.js';
import { unreadable } from './failures.js';
import { stateOf } from './states.js';

/** What `list --all --uuid --name` and `domstats --raw` print, one after the other. */
export interface Listing {
  /** UUID → name. */
  readonly names: ReadonlyMap<string, string>;
  /** Name → its figures, as `block.0.rd.bytes` → `512`. */
  readonly figures: ReadonlyMap<string, Figures>;
}

export type Figures = ReadonlyMap<string, string>;

const LISTED = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (.+)$/;
const HEAD = /^Domain: '(.+)'$/;
const FIGURE = /^ {2}([\w.-]+)=(.*)$/;

/** HYPERVISOR_UNREACHABLE when a line is of none of the known forms. */
export function readListing(object: string, text: string): Listing {
  const names = new Map<string, string>();
  const figures = new Map<string, Map<string, string>>();
  let present: Map<string, string> | undefined;
  for (const line of text.split('\n')) {
    const head = HEAD.exec(line)?.[1];
    const [, key, value] = FIGURE.exec(line) ?? [];
    const [, uuid, name] = LISTED.exec(line) ?? [];
    if (head !== undefined) {
      present = new Map();
      figures.set(head, present);
    } else if (present !== undefined && key !== undefined) present.set(key, value ?? '');
    else if (present === undefined && uuid !== undefined) names.set(uuid, name ?? '');
    else if (line !== '') throw unreadable(object, line);
  }
  return { names, figures };
}

/**
 * Domains by both lists. One that came between the two is left out, as it was not there yet; one that went between them
 * is kept, as it was: with an unknown state.
 */
export function domainsOf({ names, figures }: Listing): Domain[] {
  return [...names].map(([uuid, name]) => {
    const its = figures.get(name);
    if (its === undefined) return { uuid, name, state: 'unknown', reason: 'gone meanwhile' };
    return { uuid, name, ...stateIn(its) };
  });
}

/** Figures of the domains that are in both lists. */
export function statsOf({ names, figures }: Listing): DomainStats[] {
  return [...names].flatMap(([uuid, name]) => {
    const its = figures.get(name);
    return its === undefined ? [] : [statsIn(uuid, name, its)];
  });
}

/** Bytes of the disk `target` as the guest sees it; undefined when there is none, or QEMU did not say. */
export function capacityOf(figures: Figures, target: string): number | undefined {
  const group = groups(figures, 'block').find((name) => figures.get(`${name}.name`) === target);
  const capacity = figures.get(`${group ?? ''}.capacity`);
  return capacity === undefined ? undefined : Number(capacity);
}

function statsIn(uuid: string, name: string, figures: Figures): DomainStats {
  const number = (key: string) => numberIn(figures, key);
  return {
    uuid,
    name,
    state: stateIn(figures).state,
    vcpus: number('vcpu.current'),
    cpuTimeNs: number('cpu.time'),
    memory: {
      maxKib: number('balloon.maximum'),
      currentKib: number('balloon.current'),
      rssKib: number('balloon.rss'),
    },
    disks: groups(figures, 'block').map((group) => diskIn(figures, group)),
    networks: groups(figures, 'net').map((group) => networkIn(figures, group)),
  };
}

function stateIn(figures: Figures): Pick<Domain, 'state' | 'reason'> {
  return stateOf(Number(figures.get('state.state')), Number(figures.get('state.reason')));
}

function diskIn(figures: Figures, group: string): DiskStats {
  const number = (key: string) => numberIn(figures, `${group}.${key}`);
  return {
    target: figures.get(`${group}.name`) ?? '',
    reads: number('rd.reqs'),
    readBytes: number('rd.bytes'),
    writes: number('wr.reqs'),
    writtenBytes: number('wr.bytes'),
    errors: number('errors'),
  };
}

function networkIn(figures: Figures, group: string): NetworkStats {
  const way = (direction: 'rx' | 'tx') => {
    const number = (key: string) => numberIn(figures, `${group}.${direction}.${key}`);
    return { bytes: number('bytes'), packets: number('pkts'), errors: number('errs'), drops: number('drop') };
  };
  return { name: figures.get(`${group}.name`) ?? '', received: way('rx'), sent: way('tx') };
}

/** `block.count=2` → `block.0`, `block.1`. */
function groups(figures: Figures, kind: 'block' | 'net'): string[] {
  return Array.from({ length: numberIn(figures, `${kind}.count`) }, (_, index) => `${kind}.${index}`);
}

function numberIn(figures: Figures, key: string): number {
  const value = Number(figures.get(key) ?? 0);
  return Number.isFinite(value) ? value : 0;
}
