/** The one engine that moves the data of points: cut into units, checked, resumed. Page: docs/mirror-protocol.md. */
export { isBroken } from './broken.js';
export { bannerBytes, DiffReader, endBytes, type Piece, sizeBytes, writeBytes, zeroBytes } from './diff.js';
export { framed } from './framed.js';
export { type Cargo, isCheaperWhole, ship, type ShipOptions, type ShipWorld, type Sink } from './ship.js';
export { UNIT_BYTES, type Unit, UnitCutter, UnitReader } from './unit.js';
