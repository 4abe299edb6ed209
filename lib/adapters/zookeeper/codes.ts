/** Error codes of the ZooKeeper protocol (KeeperException.Code of server 3.8), as far as we act on or name them. */
export const CODE = {
  connectionLoss: -4,
  badArguments: -8,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  invalidAcl: -114,
  authFailed: -115,
  sessionMoved: -118,
  throttled: -127,
} as const;

const NAMES: Readonly<Record<number, string>> = {
  [-1]: 'system error',
  [-2]: 'runtime inconsistency',
  [-3]: 'data inconsistency',
  [-4]: 'connection loss',
  [-5]: 'marshalling error',
  [-6]: 'unimplemented',
  [-7]: 'operation timeout',
  [-8]: 'bad arguments',
  [-12]: 'unknown session',
  [-13]: 'no quorum of the new configuration',
  [-14]: 'reconfiguration in progress',
  [-101]: 'no node',
  [-102]: 'not authorised',
  [-103]: 'bad version',
  [-108]: 'no children for ephemerals',
  [-110]: 'node exists',
  [-111]: 'not empty',
  [-112]: 'session expired',
  [-114]: 'invalid ACL',
  [-115]: 'authentication failed',
  [-118]: 'session moved',
  [-119]: 'server is read-only',
  [-120]: 'ephemeral on a local session',
  [-121]: 'no watcher',
  [-122]: 'request timeout',
  [-123]: 'reconfiguration disabled',
  [-124]: 'session closed, SASL required',
  [-125]: 'quota exceeded',
  [-127]: 'throttled',
};

/** `-118 (session moved)`; a code that nobody knows is its number. */
export function codeText(code: number): string {
  const name = NAMES[code];
  return name === undefined ? `code ${code}` : `code ${code} (${name})`;
}
