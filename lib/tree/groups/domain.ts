import { BOOLEAN, DECIMAL, INTEGER, JSON_OBJECT, matching, none, oneOf, TEXT, unset } from '../codec.js';
import {
  MIGRATION_METHODS,
  NODE_LIST,
  NODE_NAME,
  SELECTORS,
  SNAPSHOT_LIST,
  VM_STATE,
  VOLUME_LIST,
} from '../forms.js';
import { group, key, must } from '../group.js';

const SOME_TEXT = matching('text', /./s);

export const TAG = group(
  '/domains/{uuid}/tags/{tag}',
  {
    name: key('', TEXT),
    type: key('/type', unset(oneOf('user', 'system'))),
    protected: key('/protected', unset(BOOLEAN)),
  },
  {},
);

export const VM_SNAPSHOT = group(
  '/domains/{uuid}/snapshots/{snapshot}',
  {
    name: must('', SOME_TEXT),
    timestamp: must('/timestamp', DECIMAL),
    xml: must('/xml', SOME_TEXT),
    volumeSnapshots: must('/rbdsnaplist', SNAPSHOT_LIST),
  },
  {},
);

export const DOMAIN = group(
  '/domains/{uuid}',
  {
    name: must('', SOME_TEXT),
    xml: must('/xml', SOME_TEXT),
    state: must('/state', VM_STATE),
    node: must('/node', unset(NODE_NAME)),
    lastNode: key('/lastnode', unset(NODE_NAME)),
    profile: key('/profile', none(TEXT)),
    stats: key('/stats', unset(JSON_OBJECT)),
    failedReason: key('/failedreason', TEXT),
    volumes: must('/rbdlist', VOLUME_LIST),
    consoleLog: key('/consolelog', TEXT),
    vnc: key('/vnc', TEXT),
    autostart: key('/node_autostart', unset(BOOLEAN)),
    migrationMethod: key('/migration_method', unset(oneOf(...MIGRATION_METHODS))),
    /** Milliseconds. */
    migrationMaxDowntime: key('/migration_max_downtime', unset(INTEGER), '300'),
    nodeSelector: key('/node_selector', none(unset(oneOf('none', ...SELECTORS)))),
    nodeLimit: key('/node_limit', NODE_LIST),
    migrateSyncLock: key('/migrate_sync_lock', TEXT),
  },
  { tags: TAG, snapshots: VM_SNAPSHOT },
);
