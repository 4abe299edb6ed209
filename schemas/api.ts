/** The arguments and bodies of the HTTP API. */
export * from './api-cluster.js';
export * from './api-parts.js';
export * from './api-storage.js';
export * from './api-task.js';
export * from './api-vm.js';
