import type { Ground } from './ground.js';

export interface ConfigurationOptions {
  /** Whether it serves the API, on its own address, when it is the primary. */
  readonly api?: boolean;
  /** What an administrator shows to the API. */
  readonly token?: string;
  /** More of the configuration, as YAML. */
  readonly settings?: string;
  /** How long a guest may take to power off. */
  readonly vmShutdown?: string;
  /** How often it says that it lives; default: each second. */
  readonly keepalive?: string;
  /** How often it looks for faults; default: every three seconds. */
  readonly health?: string;
}

/** `drover.yaml` of a node of a sandbox: quicker than the defaults, for what a test or a newcomer waits for. */
export function droverdConfiguration(
  sandbox: Ground,
  node: string,
  options: ConfigurationOptions = {},
): string {
  const { api = false, token = 'sandbox-token', settings = '' } = options;
  const { vmShutdown = '60s', keepalive = '1s', health = '3s' } = options;
  const { cluster: name, address } = sandbox.node(node);
  const cluster = sandbox.cluster(name);
  const coordinators = cluster.nodes.map((other) => `    ${other.name}: ${other.address}\n`).join('');
  return `cluster:
  name: ${name}
  coordinators:
${coordinators}store:
  servers: [${cluster.connect}]
  session_timeout: 3s
node:
  addresses:
    cluster: ${address}
libvirt:
  transport: tcp
timers:
  keepalive: ${keepalive}
  vm_shutdown: ${vmShutdown}
  health: ${health}
api:
  enabled: ${api}
${api ? apiSettings(address, token) : ''}${settings}`;
}

function apiSettings(address: string, token: string): string {
  return `  listen: ${address}
  tokens:
    - name: sandbox
      scopes: [admin]
      token: ${token}
`;
}
