export {
  mapPvcConf,
  PVC_KEYS,
  type PvcComplaint,
  type PvcKey,
  pvcKeyOf,
  type PvcMapping,
  type PvcNote,
} from './conf/index.js';
