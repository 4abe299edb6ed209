import type { Children, Entry } from '../../ports/index.js';
import { childrenOf, entryOf } from './decode.js';
import type { RawStat } from './internals.js';
import { checkPath } from './paths.js';
import type { Call } from './pipe.js';

type RawEntry = { data: Buffer; stat: RawStat } | undefined;
type RawChildren = { names: string[]; stat: RawStat } | undefined;

/** @param arm whether the server is to tell the next change of the value, when it exists */
export function readCall(path: string, arm: boolean): Call<RawEntry, Entry | undefined> {
  checkPath(path);
  return {
    object: `read ${path}`,
    kind: 'read',
    send: (protocol, done) => protocol.getData(path, arm, done),
    answer: (raw) => entryOf(path, raw),
  };
}

/** @param arm whether the server is to tell the next change of the names, when the path exists */
export function childrenCall(path: string, arm: boolean): Call<RawChildren, Children | undefined> {
  checkPath(path);
  return {
    object: `children of ${path}`,
    kind: 'read',
    send: (protocol, done) => protocol.getChildren(path, arm, done),
    answer: (raw) => childrenOf(path, raw),
  };
}

/** Whether the path exists; either way the server is to tell when that changes. */
export function armCall(path: string): Call<RawStat | undefined, boolean> {
  return {
    object: `watch ${path}`,
    kind: 'read',
    send: (protocol, done) => protocol.armExists(path, done),
    answer: (raw) => raw !== undefined,
  };
}

export function syncCall(): Call<undefined, void> {
  return {
    object: 'sync',
    kind: 'read',
    send: (protocol, done) => protocol.sync('/', done),
    answer: () => undefined,
  };
}
