export { type FlushOptions, runFlush } from './flush.js';
export { type FlushFacts, type FlushStep, planFlush, type VmSeen } from './flush-plan.js';
export { type MachineFigures, type MachineKind, readFigures, readKind } from './figures.js';
export { keepAlive, type KeepaliveOptions } from './keepalive.js';
export { askForPrimary, keepPrimaryKey, type PrimaryOptions } from './primary.js';
export { planPrimary, type PrimaryFacts, type PrimaryStep } from './primary-plan.js';
export { PVC_VERSION, registerNode, type Registration, report } from './register.js';
