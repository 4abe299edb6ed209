import { DroverError, type ErrorCode, isDroverError } from '../../core/index.js';
import { type CommandFailure, commandFailureOf } from '../../ports/index.js';

/** `rbd` ends with the number of the system's error. */
const ENOENT = 2;
const EEXIST = 17;
const ESHUTDOWN = 108;
const ETIMEDOUT = 110;

/** Said before anything was asked: a missing keyring is a (2) too, and must not look like a missing image. */
const NOT_CONNECTED =
  /couldn't connect to the cluster|error connecting to the cluster|unable to open config file/;

/** A failed command in the words of the error table; anything else as it is. */
export function cephError(program: 'rbd' | 'ceph', object: string, error: unknown): unknown {
  const failure = commandFailureOf(error);
  if (failure === undefined || !isDroverError(error, 'COMMAND_FAILED')) return error;
  const reason = lastWords(failure.stderr) || failure.message;
  if (failure.code === ESHUTDOWN) {
    const remedy = 'it was shut out on purpose: see `ceph osd blocklist ls`, and end what it had open first';
    return new DroverError('STORAGE_UNREACHABLE', { object, reason, remedy }, failure);
  }
  return new DroverError(codeOf(program, failure), { object, reason }, failure);
}

function codeOf(program: 'rbd' | 'ceph', { code, stderr }: CommandFailure): ErrorCode {
  if (code === undefined || NOT_CONNECTED.test(stderr)) return 'STORAGE_UNREACHABLE';
  // `ceph` ends with 1 for much, and with numbers that mean something else for the rest.
  if (program !== 'rbd') return 'STORAGE_REFUSED';
  switch (code) {
    case ENOENT:
      return 'NOT_FOUND';
    case EEXIST:
      return 'STORAGE_EXISTS';
    case ETIMEDOUT:
      return 'STORAGE_UNREACHABLE';
    default:
      return 'STORAGE_REFUSED';
  }
}

/** True for a missing image; false for everything else, a missing pool included. */
export function isMissingImage(error: unknown): boolean {
  const said = isDroverError(error, 'NOT_FOUND') ? commandFailureOf(error)?.stderr : undefined;
  return said !== undefined && /rbd: error opening image /.test(said) && !/error opening pool/.test(said);
}

/** True when the pool is missing. */
export function isMissingPool(error: unknown): boolean {
  return /error opening pool/.test(commandFailureOf(error)?.stderr ?? '');
}

/** True when Ceph does not remove an image because it has snapshots. */
export function hasSnapshots(error: unknown): boolean {
  return /has snapshots/.test(commandFailureOf(error)?.stderr ?? '');
}

/** The date, thread and level that librbd puts before what it logs, perhaps in the middle of another line. */
const LOG_PREFIX = /\d{4}-\d\d-\d\dT[\d:.]+\+\d{4} [0-9a-f]+ +-?\d+ /g;
const WORDS = 300;

/** What Ceph said last, as one line. */
function lastWords(stderr: string): string {
  const lines = stderr
    .replace(LOG_PREFIX, '\n')
    .split('\n')
    .map((line) => line.replace(/[\p{C}\s]+/gu, ' ').trim())
    .filter((line) => line !== '');
  return lines.slice(-3).join('; ').slice(-WORDS);
}
