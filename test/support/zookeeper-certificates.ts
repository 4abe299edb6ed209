/** Certificates made on the spot: an authority, a server and a client signed by it, and one that it did not sign. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  readonly authority: Pair;
  /** For the name `zookeeper.test` only. */
  readonly server: Pair;
  readonly client: Pair;
  /** An authority that signed nothing of these. */
  readonly stranger: Pair;
}

export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-certificates-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const read = async (name: string): Promise<Pair> => ({
    cert: await readFile(join(folder, `${name}.pem`), 'utf8'),
    key: await readFile(join(folder, `${name}.key`), 'utf8'),
  });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const self = async (name: string): Promise<Pair> => {
    const out = ['-keyout', `${name}.key`, '-out', `${name}.pem`, '-days', '2', '-subj', `/CN=${name}`];
    await openssl('req', '-x509', ...key, ...out);
    return await read(name);
  };
  const signed = async (name: string): Promise<Pair> => {
    await openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    await writeFile(join(folder, `${name}.ext`), `subjectAltName=DNS:${name}\n`);
    const by = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial'];
    const out = ['-out', `${name}.pem`, '-days', '2', '-extfile', `${name}.ext`];
    await openssl('x509', '-req', '-in', `${name}.csr`, ...by, ...out);
    return await read(name);
  };
  try {
    return {
      authority: await self('authority'),
      server: await signed('zookeeper.test'),
      client: await signed('client.test'),
      stranger: await self('stranger'),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
