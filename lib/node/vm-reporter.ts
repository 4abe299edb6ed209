import type { Log } from '../core/index.js';
import { conflictOf, type DomainStats, type Hypervisor, type Store } from '../ports/index.js';
import { bytesOf, keyPath, readKeys } from '../tree/index.js';
import { shapeOf, statsText, type VmShape } from './vm-figures.js';

export interface VmReporterOptions {
  readonly store: Store;
  readonly hypervisor: Hypervisor;
  readonly log: Log;
}

/**
 * Tells the figures and the console of the VMs that run here in their public keys. The XML of a running domain is read once,
 * when it is first seen.
 */
export class VmReporter {
  readonly #options: VmReporterOptions;
  readonly #shapes = new Map<string, VmShape>();

  constructor(options: VmReporterOptions) {
    this.#options = options;
  }

  /** One VM that cannot be told holds up no other. */
  async report(domains: readonly DomainStats[]): Promise<void> {
    const here = new Set(domains.map(({ uuid }) => uuid));
    for (const uuid of [...this.#shapes.keys()]) if (!here.has(uuid)) this.#shapes.delete(uuid);
    await Promise.all(
      domains.map((domain) =>
        this.#tell(domain).catch((error: unknown) => {
          if (conflictOf(error) === undefined)
            this.#options.log.warn({ vm: domain.uuid, err: error }, 'the figures of a VM could not be told');
        }),
      ),
    );
  }

  async #tell(domain: DomainStats): Promise<void> {
    const { store } = this.#options;
    const { uuid } = domain;
    const shape = await this.#shape(uuid);
    const keys = await readKeys(store, 'domain', { uuid }, ['name', 'stats', 'vnc']);
    // Nobody has defined it, or its keys are just being removed.
    if (shape === undefined || !keys.has('name') || !keys.has('stats') || !keys.has('vnc')) return;
    const stats = await store.read(keyPath('domain', 'stats', { uuid }));
    if (stats === undefined) return;
    const data = bytesOf(statsText(domain, shape));
    await store.commit([
      { op: 'set', path: stats.path, data, version: stats.stat.version },
      ...keys.set('vnc', shape.vnc),
    ]);
  }

  async #shape(uuid: string): Promise<VmShape | undefined> {
    const known = this.#shapes.get(uuid);
    if (known !== undefined) return known;
    const xml = await this.#options.hypervisor.liveXml(uuid);
    if (xml === undefined) return undefined;
    const shape = shapeOf(xml);
    this.#shapes.set(uuid, shape);
    return shape;
  }
}
