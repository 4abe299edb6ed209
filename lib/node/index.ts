export { type MachineFigures, type MachineKind, readFigures, readKind } from './figures.js';
export { keepAlive, type KeepaliveOptions } from './keepalive.js';
export { PVC_VERSION, registerNode, type Registration, report } from './register.js';
