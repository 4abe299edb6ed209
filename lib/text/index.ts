export { aboutAge } from './age.js';
export { formatDuration, parseDuration } from './duration.js';
export { keyText } from './key.js';
export { counted, sentenceList } from './list.js';
export {
  aboutBits,
  aboutBytes,
  aboutCount,
  aboutMicroseconds,
  formatSize,
  parseRate,
  parseSize,
} from './size.js';
export { didYouMean, editDistance } from './suggest.js';
export { properties, table } from './table.js';
