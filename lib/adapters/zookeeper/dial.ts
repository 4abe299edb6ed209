import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { Address } from './servers.js';

/** TLS towards the servers, all PEM. Without `ca` the authorities that Node knows are trusted. */
export interface TlsOptions {
  readonly ca?: string;
  /** Our certificate and its key, where the servers ask for one. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the servers' certificates carry, when it is not the host. */
  readonly serverName?: string;
}

/** A connection ready for the first byte. Fails with the socket's error, or with the signal's reason when it aborts. */
export function dial(address: Address, tls: TlsOptions | undefined, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = tls === undefined ? connect(address) : connectTls(tlsOptions(address, tls));
    const ready = tls === undefined ? 'connect' : 'secureConnect';
    const settle = () => {
      signal.removeEventListener('abort', abort);
      socket.off(ready, open).off('error', fail).off('close', closed);
    };
    const open = () => {
      settle();
      resolve(socket);
    };
    const fail = (error: unknown) => {
      settle();
      // A socket that is torn down may still say why; the first reason is the one that counts.
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const closed = () => fail(new Error('closed before it was open'));
    const abort = () => fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    socket.once(ready, open).once('error', fail).once('close', closed);
  });
}

function tlsOptions(address: Address, tls: TlsOptions): ConnectionOptions {
  return {
    host: address.host,
    port: address.port,
    minVersion: 'TLSv1.2',
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  };
}
