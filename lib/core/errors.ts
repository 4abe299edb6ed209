/**
 * The one table of errors. A code fixes the HTTP status and the sentence; the sentence names the object, the cause and
 * what to do. Callers test codes with {@link isDroverError}, never text.
 */
export interface Complaint {
  /** What it is about: a path, a VM, a file with its line, a command. */
  readonly object: string;
  /** Why it failed, as a clause: `the version moved from 3 to 5`. */
  readonly reason: string;
  /** What the reader can do about it, when the table's own remedy is too general. */
  readonly remedy?: string;
}

interface Row {
  readonly status: number;
  readonly title: string;
  readonly remedy: string;
}

const TABLE = {
  INTERNAL: {
    status: 500,
    title: 'internal error',
    remedy: 'report it with the log lines around it',
  },
  CANCELLED: { status: 499, title: 'cancelled', remedy: 'ask again if it is still wanted' },
  DEADLINE: { status: 504, title: 'no answer in time', remedy: 'look at the named part, then ask again' },
  BAD_INPUT: { status: 400, title: 'not understood', remedy: 'correct the named value' },
  NOT_FOUND: { status: 404, title: 'not found', remedy: 'check the name' },
  REFUSED: { status: 409, title: 'refused', remedy: 'remove the named obstacle first' },
  UNAUTHENTICATED: {
    status: 401,
    title: 'who asks is not known',
    remedy: 'send a token of the configuration in the header X-Api-Key',
  },
  FORBIDDEN: { status: 403, title: 'not allowed', remedy: 'use a token with the named scope' },
  NOT_OURS: {
    status: 501,
    title: 'not part of Drover',
    remedy: 'use the tool that this part of the cluster is made with',
  },

  API_UNREACHABLE: {
    status: 503,
    title: 'the API does not answer',
    remedy: 'check the address and port, and whether the cluster has a primary',
  },
  API_DISTRUSTED: {
    status: 502,
    title: 'the API is not who it should be',
    remedy: 'give the CA that signed its certificate, or the name that the certificate is for',
  },

  STORE_CONFLICT: {
    status: 409,
    title: 'the store has moved on',
    remedy: 'read again and decide again',
  },
  STORE_OUTCOME_UNKNOWN: {
    status: 503,
    title: 'the store did not say whether it wrote',
    remedy: 'read again before deciding what to do',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    title: 'the store does not answer',
    remedy: 'check the ZooKeeper servers and the network to them; work resumes by itself',
  },
  STORE_SESSION_LOST: {
    status: 503,
    title: 'the store session ended',
    remedy: 'nothing to do: a new session is made and the work decided anew',
  },
  STORE_TOO_LARGE: {
    status: 413,
    title: 'too large for the store',
    remedy: 'split the value or the transaction',
  },
  STORE_DENIED: { status: 403, title: 'the store denied access', remedy: 'check the ACL of the path' },
  STORE_PROTOCOL: {
    status: 502,
    title: 'the store answered something unexpected',
    remedy: 'check the version and health of the ZooKeeper servers',
  },

  NOT_LEADER: {
    status: 409,
    title: 'this node is not the primary any more',
    remedy: 'ask the present primary',
  },
  NO_PRIMARY: { status: 503, title: 'there is no primary', remedy: 'ask again in a moment' },
  HELD: { status: 409, title: 'held by another', remedy: 'wait until the holder is gone' },
  BUSY: { status: 409, title: 'another operation has it', remedy: 'wait for it or cancel it' },
  QUARANTINE: {
    status: 503,
    title: 'the tree is in quarantine',
    remedy: 'let every node report what it runs, or confirm the missing ones off',
  },

  WORKERS_DIED: {
    status: 500,
    title: 'its workers died',
    remedy: 'look at the logs of the named node, then ask again under a new id',
  },

  TREE_READ_ONLY: {
    status: 503,
    title: 'the public tree is only read',
    remedy: 'bring the tree to the schema that this program knows',
  },
  TREE_UNREADABLE: {
    status: 422,
    title: 'a key cannot be read',
    remedy: 'correct the value of the named key; until then its object is left alone',
  },

  HYPERVISOR_REFUSED: {
    status: 502,
    title: 'libvirt refused',
    remedy: 'correct what libvirt names, then ask again',
  },
  HYPERVISOR_UNREACHABLE: {
    status: 503,
    title: 'libvirt does not answer',
    remedy: 'check libvirtd on the node; guests run on without it',
  },
  STORAGE_EXISTS: { status: 409, title: 'the name is taken', remedy: 'choose another name' },
  STORAGE_REFUSED: { status: 502, title: 'Ceph refused', remedy: 'correct what Ceph names, then ask again' },
  STORAGE_UNREACHABLE: {
    status: 503,
    title: 'Ceph does not answer',
    remedy: 'check the monitors and the network to them',
  },
  POWER_UNREACHABLE: {
    status: 503,
    title: 'the BMC does not answer',
    remedy: 'check its address, user and password, and the network to it',
  },
  POWER_REFUSED: {
    status: 502,
    title: 'the BMC refused',
    remedy: 'check the rights of its user and the state of the machine',
  },

  COMMAND_FAILED: { status: 502, title: 'a command failed', remedy: 'see its message' },
  COMMAND_MISSING: {
    status: 500,
    title: 'a program is missing',
    remedy: 'install the package that holds it',
  },
  OUTPUT_TOO_LARGE: {
    status: 502,
    title: 'a command printed too much',
    remedy: 'narrow the question',
  },
  FILE_FAILED: { status: 500, title: 'a file operation failed', remedy: 'check the path and its rights' },
  BACKUP_INCOMPLETE: {
    status: 502,
    title: 'not everything was backed up',
    remedy: 'see to what is named; the next run makes up for it',
  },
  MIRROR_INCOMPLETE: {
    status: 502,
    title: 'not everything was mirrored',
    remedy: 'see to what is named; the next run makes up for it',
  },
  COPY_DIFFERS: {
    status: 422,
    title: 'the copy is not what its source is',
    remedy: 'mirror the VM again: the next point does not build on this one; then verify that',
  },
  BACKUP_DAMAGED: {
    status: 422,
    title: 'the backup is damaged',
    remedy: 'use another backup; the next one of this VM is a full one when its base is damaged',
  },
  REPORT_FAILED: {
    status: 502,
    title: 'the report was not taken',
    remedy: 'check the address and the service it goes to: drover report test',
  },
  CONFIG_INVALID: { status: 500, title: 'the configuration is invalid', remedy: 'correct the named lines' },
} as const satisfies Record<string, Row>;

export type ErrorCode = keyof typeof TABLE;

/** All codes, for documentation and for tests of completeness. */
export const ERROR_CODES = Object.keys(TABLE) as ErrorCode[];

/** An error of the table. `message` is the whole sentence; `cause` is the error it came from, never dropped. */
export class DroverError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly object: string;
  readonly reason: string;
  readonly remedy: string;

  constructor(code: ErrorCode, complaint: Complaint, cause?: unknown) {
    const row: Row = TABLE[code];
    const remedy = complaint.remedy ?? row.remedy;
    super(`${complaint.object}: ${row.title}: ${complaint.reason} (${remedy})`, { cause });
    this.name = 'DroverError';
    this.code = code;
    this.status = row.status;
    this.object = complaint.object;
    this.reason = complaint.reason;
    this.remedy = remedy;
  }
}

/** True when `error` is of the table, and of one of `codes` when any are given. */
export function isDroverError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  ...codes: C[]
): error is DroverError & { readonly code: C } {
  return error instanceof DroverError && (codes.length === 0 || (codes as ErrorCode[]).includes(error.code));
}

/** The sentence of any thrown thing. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `error` itself if it is of the table, else an INTERNAL one about `object` that carries it as its cause. */
export function asDroverError(error: unknown, object: string): DroverError {
  return error instanceof DroverError
    ? error
    : new DroverError('INTERNAL', { object, reason: messageOf(error) }, error);
}
