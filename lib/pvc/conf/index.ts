export { PVC_KEYS, type PvcKey } from './keys.js';
export { mapPvcConf, type PvcComplaint, pvcKeyOf, type PvcMapping, type PvcNote } from './map.js';
