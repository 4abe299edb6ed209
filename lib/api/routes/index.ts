import { Type } from 'typebox';
import { NO_ARGUMENTS } from '../../../schemas/api.js';
import type { Authentication } from '../authentication.js';
import { openApi } from '../openapi.js';
import { answer, route, type Route } from '../route.js';
import { backupRoutes } from './backup.js';
import { benchmarkRoutes } from './benchmark.js';
import { accessRoutes, clusterRoutes, faultRoutes } from './cluster.js';
import { foreignRoutes } from './foreign.js';
import { mirrorRoutes } from './mirror.js';
import { nodeRoutes } from './node.js';
import { snapshotRoutes } from './snapshot.js';
import { storageReadRoutes, volumeWriteRoutes } from './storage.js';
import { taskRoutes } from './task.js';
import { volumeSnapshotRoutes } from './volume-snapshot.js';
import { vmReadRoutes } from './vm-read.js';
import { vmWriteRoutes } from './vm-write.js';

/** The whole table of routes. */
export function routeTable(authentication: Authentication): readonly Route[] {
  const routes = [
    ...accessRoutes(authentication),
    ...clusterRoutes,
    ...faultRoutes,
    ...nodeRoutes,
    ...vmReadRoutes,
    ...vmWriteRoutes,
    ...taskRoutes,
    ...storageReadRoutes,
    ...volumeWriteRoutes,
    ...volumeSnapshotRoutes,
    ...benchmarkRoutes,
    ...snapshotRoutes,
    ...backupRoutes,
    ...mirrorRoutes,
    ...foreignRoutes,
  ];
  const document = openApi(routes);
  const described = route({
    method: 'GET',
    path: '/openapi.json',
    scope: undefined,
    summary: 'This API, as an OpenAPI document.',
    args: NO_ARGUMENTS,
    body: Type.Object({}),
    handle: () => answer(document),
  });
  return [...routes, described];
}
