import { DroverError, type Log, type Scope } from '../core/index.js';
import type { Files, Hypervisor } from '../ports/index.js';
import { keyIn } from './keyring.js';

export interface CephSecretOptions {
  readonly hypervisor: Hypervisor;
  readonly files: Files;
  readonly log: Log;
  /** Undefined: Ceph without authentication, or somebody else sees to it. */
  readonly uuid: string | undefined;
  /** Without `client.`. */
  readonly user: string;
  readonly keyringFile: string;
}

/** The secret by which libvirt on this node opens the disks of VMs. */
export interface KnownSecret {
  /**
   * Returns when libvirt knows it, or cannot be told it now: the log says why, and a VM that needs it has libvirt's refusal.
   * Costs nothing once it is known.
   */
  known(): Promise<void>;
  /** libvirt may have begun anew, and have forgotten it. */
  again(): void;
}

/**
 * Makes libvirt know the secret, as long as `scope` lives. It is only in libvirtd's memory and vanishes with it: so it is
 * told at every connection, and before a VM whenever it is not known. What is missing stops nothing else.
 */
export function keepCephSecret(scope: Scope, options: CephSecretOptions): KnownSecret {
  const { uuid, log, keyringFile } = options;
  /** The latest time that it was told, which may be under way. */
  let telling: Promise<boolean> | undefined;

  const tell = (): Promise<boolean> => {
    const now: Promise<boolean> = scope
      .run((signal) => setSecret(options, signal))
      .then(
        () => {
          log.debug({ secret: uuid }, 'libvirt knows the secret of Ceph');
          return true;
        },
        (error: unknown) => {
          if (!scope.closed)
            log.warn({ err: error, secret: uuid, keyringFile }, 'libvirt does not know the secret of Ceph');
          if (telling === now) telling = undefined;
          return false;
        },
      );
    return (telling = now);
  };

  if (uuid === undefined) return { known: () => Promise.resolve(), again: () => undefined };
  const secret: KnownSecret = {
    known: async () => {
      if (!scope.closed) await (telling ?? tell());
    },
    again: () => {
      if (!scope.closed) void tell();
    },
  };
  secret.again();
  return secret;
}

async function setSecret(
  { hypervisor, files, uuid = '', user, keyringFile }: CephSecretOptions,
  signal: AbortSignal,
): Promise<void> {
  const keyring = await files.read(keyringFile);
  if (keyring === undefined)
    throw new DroverError('CONFIG_INVALID', {
      object: keyringFile,
      reason: `there is no such file, and libvirt needs the key of client.${user} for the secret ${uuid}`,
      remedy: `put the keyring there (ceph auth get client.${user} -o ${keyringFile}), or say by ceph.keyring_file where it is`,
    });
  const key = keyIn(new TextDecoder().decode(keyring), user, keyringFile);
  await hypervisor.setCephSecret({ uuid, key }, { signal });
}
