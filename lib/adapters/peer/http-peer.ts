import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  MIRROR_MESSAGES,
  type MirrorAbout,
  type MirrorActivate,
  type MirrorCopy,
  type MirrorMarked,
  type MirrorOffer,
  type MirrorPrepare,
  type Reached,
  type ReceiveView,
  type SumLine,
} from '../../../schemas/mirror-wire.js';
import { DroverError, isDroverError, LIMITS } from '../../core/index.js';
import type { ImageName, Peer, PeerCall } from '../../ports/index.js';
import { type PeerAddress, PeerHttp } from './peer-http.js';

const VALIDATORS: ReadonlyMap<string, { Check(value: unknown): boolean }> = new Map(
  Object.entries(MIRROR_MESSAGES).map(([name, schema]) => [name, Compile(schema as TSchema)]),
);

function is(message: keyof typeof MIRROR_MESSAGES, value: unknown): boolean {
  return VALIDATORS.get(message)?.Check(value) === true;
}

/** Another cluster of Drover by its HTTP API. */
export class HttpPeer implements Peer {
  readonly #http: PeerHttp;

  constructor(address: PeerAddress) {
    this.#http = new PeerHttp(address);
  }

  async about(options?: PeerCall): Promise<MirrorAbout> {
    try {
      return await this.#ask<MirrorAbout>('GET', '/mirror/about', 'about', undefined, options);
    } catch (error) {
      if (!isDroverError(error, 'NOT_FOUND')) throw error;
      const remedy = 'correct its address and prefix; if it is a cluster of PVC, say so: protocol: pvc';
      throw new DroverError(
        'REFUSED',
        { object: this.#http.object, reason: 'no Drover answers there', remedy },
        error,
      );
    }
  }

  async copy(uuid: string, options?: PeerCall): Promise<MirrorCopy | undefined> {
    try {
      return await this.#ask<MirrorCopy>('GET', `/mirror/vms/${uuid}`, 'copy', undefined, options);
    } catch (error) {
      if (isDroverError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  begin(offer: MirrorOffer, options?: PeerCall): Promise<ReceiveView> {
    return this.#ask('POST', '/mirror/receives', 'receive', offer, {
      limitMs: LIMITS.peerWorkMs,
      ...options,
    });
  }

  receive(id: string, options?: PeerCall): Promise<ReceiveView> {
    return this.#ask('GET', `/mirror/receives/${encodeURIComponent(id)}`, 'receive', undefined, options);
  }

  async unit(
    id: string,
    disk: number,
    from: number,
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<number> {
    const path = `/mirror/receives/${encodeURIComponent(id)}/disks/${disk}?from=${from}`;
    const answer = await this.#http.send(
      {
        ...{ method: 'PUT', path, type: 'application/octet-stream' },
        body: chunks,
      },
      { wanted: signal },
    );
    const { to } = answer as { readonly to?: unknown };
    if (typeof to === 'number') return to;
    throw this.#http.strange('it does not say how far the unit went');
  }

  commit(id: string, options?: PeerCall): Promise<Reached> {
    const path = `/mirror/receives/${encodeURIComponent(id)}/commit`;
    return this.#ask('POST', path, 'reached', {}, { limitMs: LIMITS.peerWorkMs, ...options });
  }

  async abandon(id: string, options?: PeerCall): Promise<void> {
    await this.#tell('DELETE', `/mirror/receives/${encodeURIComponent(id)}`, undefined, {
      limitMs: LIMITS.peerWorkMs,
      ...options,
    });
  }

  async dropPoint(uuid: string, point: string, options?: PeerCall): Promise<void> {
    const path = `/mirror/vms/${uuid}/points/${encodeURIComponent(point)}`;
    await this.#tell('DELETE', path, undefined, { limitMs: LIMITS.peerWorkMs, ...options });
  }

  async *sums(
    uuid: string,
    point: string,
    disk: ImageName,
    { rate, signal }: { readonly rate?: number | undefined; readonly signal: AbortSignal },
  ): AsyncGenerator<SumLine> {
    const query = new URLSearchParams({ pool: disk.pool, volume: disk.name });
    if (rate !== undefined) query.set('rate', String(rate));
    const path = `/mirror/vms/${uuid}/points/${encodeURIComponent(point)}/sums?${query.toString()}`;
    for await (const line of this.#http.lines(path, signal)) {
      if (is('sumLine', line)) yield line as SumLine;
      else if (is('sumsEnd', line)) return;
      else if (is('sumsError', line)) {
        const { code, message } = (line as { readonly error: { code: string; message: string } }).error;
        throw this.#http.told(502, JSON.stringify({ code, message }));
      } else throw this.#http.strange('a line of it is no sum');
    }
    throw new DroverError('API_UNREACHABLE', { object: this.#http.object, reason: 'its answer was cut' });
  }

  judge(uuid: string, point: string, equal: boolean, options?: PeerCall): Promise<MirrorMarked> {
    const path = `/mirror/vms/${uuid}/points/${encodeURIComponent(point)}/verdict`;
    return this.#ask('POST', path, 'marked', { equal }, options);
  }

  prepare(uuid: string, how: MirrorPrepare, options?: PeerCall): Promise<void> {
    return this.#tell('POST', `/mirror/vms/${uuid}/prepare`, how, options);
  }

  activate(uuid: string, how: MirrorActivate, options?: PeerCall): Promise<void> {
    return this.#tell('POST', `/mirror/vms/${uuid}/activate`, how, options);
  }

  revoke(uuid: string, how: MirrorPrepare, options?: PeerCall): Promise<void> {
    return this.#tell('POST', `/mirror/vms/${uuid}/revoke`, how, options);
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  async #tell(method: Method, path: string, body: unknown, options?: PeerCall): Promise<void> {
    await this.#json(method, path, body, options);
  }

  async #ask<T>(
    method: Method,
    path: string,
    message: keyof typeof MIRROR_MESSAGES,
    body: unknown,
    options?: PeerCall,
  ): Promise<T> {
    const answer = await this.#json(method, path, body, options);
    if (is(message, answer)) return answer as T;
    throw this.#http.strange(`its answer is no ${message}`);
  }

  async #json(method: Method, path: string, body: unknown, options: PeerCall = {}): Promise<unknown> {
    const { signal: wanted, limitMs = LIMITS.peerCallMs } = options;
    const sent = body === undefined ? {} : { type: 'application/json', body: JSON.stringify(body) };
    return await this.#http.send({ method, path, ...sent }, { late: AbortSignal.timeout(limitMs), wanted });
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
