export { type LibvirtOptions, LibvirtHypervisor } from './hypervisor.js';
