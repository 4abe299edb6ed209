/** Inside a sandbox: `delay.js PORT TARGET MS`, the delay proxy at 198.18.0.1. */
import { DelayProxy } from '../proxy.js';

const [port = '', target = '', ms = ''] = process.argv.slice(2);
const [host = '', targetPort = ''] = target.split(':');
await DelayProxy.start(
  { host: '198.18.0.1', port: Number(port) },
  { host, port: Number(targetPort) },
  Number(ms),
);
console.log(`198.18.0.1:${port} → ${target}, ${ms} ms later`);
