export { IpmiPower } from './power.js';
