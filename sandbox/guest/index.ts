export {
  chainOfConsole,
  chainOfDisk,
  type ChainRecord,
  type ChainReport,
  compareChains,
  type ConsoleReport,
} from './chain.js';
export { chainLimit, makeGuestDisk, readImage } from './disk.js';
export { consolePath, type Guest, guestXml, imagesOf } from './domain.js';
export { migrateGuest, readConsole, startGuest, waitForRecord } from './guest.js';
