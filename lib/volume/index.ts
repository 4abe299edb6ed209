/** Volumes: images of Ceph with what the public tree says of them, as tasks. Page: docs/volumes.md. */
export { awaitClosed, discard, shutOut } from './discard.js';
export { renamedXml, targetOf } from './disks.js';
export { type ImageWithSnapshots, imageWithSnapshots } from './look.js';
export { planMake } from './make.js';
export { attemptOfStage, isStage, stageName, taskOfStage, volumeLabel } from './names.js';
export {
  dropVolumeKeys,
  isPublished,
  type PublicVolume,
  publishVolume,
  readPublicVolume,
} from './public-keys.js';
export { planRemove, removeVolumesOf } from './remove.js';
export { planRename } from './rename-plan.js';
export { planResize } from './resize.js';
export { checkSpace, refuseSpace } from './space.js';
export { volumeTasks } from './tasks.js';
export { planRestore } from './trash.js';
export { isAtRest, refuseUsers, usersOf } from './users.js';
export { renamedWith } from './vm-rename.js';
export { type AnyTask, carryOut, type VolumeWorld, withData, type Work } from './world.js';
