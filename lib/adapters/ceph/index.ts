export type { CephAccess } from './client.js';
export { CephStorage } from './storage.js';
export { FioLoad } from './fio.js';
export { CephImageFiles } from './image-files.js';
export { CephImageStreams } from './image-streams.js';
