import { askForPrimary } from '../lib/node/index.js';
import { serveApi } from './api.js';
import { Kinds } from '../lib/task/index.js';
import type { Begin } from './companion-main.js';
import { connected } from './ground.js';
import { clusterOf, taskKinds } from './kinds.js';
import { Receiver } from '../lib/mirror/index.js';
import { PvcReceiver } from '../lib/pvc/mirror/index.js';

/** The API of the primary. It runs in a term; a hand-over is asked of droverd as any other program may: by the public key. */
export const beginApi: Begin = async (scope, { ground, orders, onOrders, end }) => {
  onOrders(() => {
    if (orders().drain === true) end('another one serves the API');
  });
  const { config, me, store, clock, random, files, log } = ground;
  await connected(store, scope.signal);
  const receiver = new Receiver({ ...ground, node: me.node, cluster: clusterOf(config) });
  serveApi(scope, {
    config: config.api,
    files,
    store,
    clock,
    random,
    log,
    node: me.node,
    kinds: new Kinds(taskKinds(ground)),
    receiver,
    pvc: new PvcReceiver(ground, receiver),
    peers: Object.fromEntries(Object.entries(config.mirror.peers).map(([name, { url }]) => [name, url])),
    handOver: (to) => askForPrimary(store, to),
  });
};
