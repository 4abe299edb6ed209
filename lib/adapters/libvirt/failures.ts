import { DroverError, type ErrorCode, isDroverError } from '../../core/index.js';
import { type CommandFailure, commandFailureOf } from '../../ports/index.js';

/** Of the connection between `virsh` and libvirtd; QEMU's own monitor has other words. LC_ALL is C. */
const NOT_CONNECTED =
  /failed to connect to the hypervisor|Disconnected from |client socket is closed|Cannot (?:recv|write) data|End of file while reading data/;
const NO_DOMAIN = /failed to get domain|Domain not found/;

/** A failed command in the words of the error table; anything else as it is. */
export function libvirtError(object: string, error: unknown): unknown {
  const failure = commandFailureOf(error);
  if (failure === undefined || !isDroverError(error, 'COMMAND_FAILED')) return error;
  const reason = words(failure.stderr) || failure.message;
  return new DroverError(codeOf(failure), { object, reason }, failure);
}

/** True when libvirt said no in words that match. */
export function refusedWith(error: unknown, phrase: RegExp): boolean {
  return isDroverError(error, 'HYPERVISOR_REFUSED') && phrase.test(error.reason);
}

/** An answer that is not of the form we know: nothing is concluded from it. */
export function unreadable(object: string, text: string): DroverError {
  const reason = `its answer cannot be read: ${JSON.stringify(text.slice(0, 100))}`;
  const remedy = 'check the version of libvirt on this node; nothing was concluded from the answer';
  return new DroverError('HYPERVISOR_UNREACHABLE', { object, reason, remedy });
}

function codeOf({ code, stderr }: CommandFailure): ErrorCode {
  if (code === undefined || NOT_CONNECTED.test(stderr)) return 'HYPERVISOR_UNREACHABLE';
  return NO_DOMAIN.test(stderr) ? 'NOT_FOUND' : 'HYPERVISOR_REFUSED';
}

const WORDS = 500;

/** What virsh said, as one line. */
function words(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) =>
      line
        .replace(/[\p{C}\s]+/gu, ' ')
        .replace(/^error: /, '')
        .trim(),
    )
    .filter((line) => line !== '');
  return lines.join('; ').slice(0, WORDS);
}
