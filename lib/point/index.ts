/** Restore points: all disks of a VM at one instant, told only when complete. Page: docs/points.md. */
export { type Definition, readDefinition, readTags } from './definition.js';
export type { Consistency } from './instant.js';
export { checkedPointName, pointName } from './names.js';
export {
  completed,
  folderOf,
  makeFolder,
  needPoint,
  type Point,
  type PointDisk,
  type PointRecord,
  pointWrite,
  readPointRecord,
  readPointRecords,
  readPoints,
} from './points.js';
export { publicWrites, removalWrites, tellVolumes } from './public-keys.js';
export { dropPoint } from './remove.js';
export { askForPoint, type PointWish, withdrawPoint } from './request.js';
export { type Rewrite, rewrittenXml } from './rewritten-xml.js';
export { whileRead } from './slot.js';
export { pointTasks } from './tasks.js';
export type { PointWorld } from './world.js';
