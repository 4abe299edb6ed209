import type { Vm } from '../../../schemas/api.js';
import { LIMITS } from '../../core/index.js';
import type { Clock } from '../../ports/index.js';
import { documentPath, tryRecordOf } from '../../tree/index.js';
import { unifiedDiff } from './line-diff.js';
import { Memo } from './memo.js';
import type { Seen, Sight } from './sight.js';

type Snapshot = Vm['snapshots'][number];

interface Known {
  readonly at: number;
  readonly snapshots: readonly Omit<Snapshot, 'age'>[];
}

/**
 * The snapshots of VMs. Each costs four reads and a comparison of texts, and its keys are written once: so what was
 * read is believed while the list of snapshots and the definition stand, and for `LIMITS.apiSnapshotMs` at most, in
 * case somebody does change a key in place.
 */
export class VmSnapshots {
  readonly #clock: Clock;
  readonly #known = new Memo<Known>(4096);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The snapshots of a VM, the newest first. */
  async of(sight: Sight, uuid: string, reading: Promise<Seen<'domain', 'xml'>>): Promise<Snapshot[]> {
    const folder = await sight.children(`/domains/${uuid}/snapshots`);
    if (folder === undefined || folder.names.length === 0) return [];
    const domain = await reading;
    const stamp = `${folder.stat.pzxid} ${String(domain.stamp('xml'))}`;
    const known =
      this.#fresh(uuid, stamp) ?? this.#known.set(uuid, stamp, await this.#read(sight, uuid, domain));
    const now = this.#clock.now() / 1000;
    return known.snapshots.map((snapshot) => ({
      ...snapshot,
      age: Math.trunc(now - (Number(snapshot.timestamp) || now)),
    }));
  }

  #fresh(uuid: string, stamp: string): Known | undefined {
    const known = this.#known.get(uuid, stamp);
    return known && this.#clock.monotonic() - known.at < LIMITS.apiSnapshotMs ? known : undefined;
  }

  async #read(sight: Sight, uuid: string, domain: Seen<'domain', 'xml'>): Promise<Known> {
    const at = this.#clock.monotonic();
    const names = await sight.names(`/domains/${uuid}/snapshots`);
    const snapshots = await Promise.all(
      names.map(async (snapshot) => {
        const [seen, point] = await Promise.all([
          sight.object('vm-snapshot', { uuid, snapshot }, ['timestamp', 'xml', 'volumeSnapshots']),
          pointOf(sight, uuid, snapshot),
        ]);
        const volumes = seen.text('volumeSnapshots');
        return {
          name: snapshot,
          timestamp: seen.text('timestamp'),
          xml_diff_lines: unifiedDiff(domain.text('xml'), seen.text('xml')),
          rbd_snapshots: volumes === '' ? [] : volumes.split(','),
          ...point,
        };
      }),
    );
    return { at, snapshots: snapshots.sort((one, other) => Number(other.timestamp) - Number(one.timestamp)) };
  }
}

/** What our own record of a snapshot says besides; of one that another program made there is none. */
async function pointOf(
  sight: Sight,
  uuid: string,
  point: string,
): Promise<Pick<Snapshot, 'origin' | 'consistency'>> {
  const entry = await sight.read(documentPath('point', { uuid, point }));
  const { origin, consistency } = (entry && tryRecordOf('point', entry).value) ?? {};
  return {
    ...(origin === undefined ? {} : { origin }),
    ...(consistency === undefined ? {} : { consistency }),
  };
}
