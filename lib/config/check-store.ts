import type { ConfigDocument, Partly } from '../../schemas/config.js';
import { formatDuration, parseDuration } from '../text/index.js';
import type { Path } from './complaint.js';
import { type Findings, itemsOf } from './findings.js';

/** Servers have real ports; a client certificate has its key. */
export function checkStore(document: Partly<ConfigDocument>, findings: Findings): void {
  const lists: [Path, readonly (string | undefined)[] | undefined][] = [
    [['store', 'servers'], document.store?.servers],
    [['ceph', 'monitors'], document.ceph?.monitors],
  ];
  for (const [path, servers] of lists) {
    for (const [index, server] of itemsOf(servers)) {
      const port = Number(server.slice(server.lastIndexOf(':') + 1));
      if (port < 1 || port > 65_535) {
        findings.wrong([...path, index], `${port} is no port`, 'write one from 1 to 65535');
      }
    }
  }
  const tls = document.store?.tls;
  if (tls !== undefined && 'certificate' in tls !== 'private_key' in tls) {
    const missing = 'certificate' in tls ? 'private_key' : 'certificate';
    findings.key(
      ['store', 'tls', missing],
      'it is missing',
      'give both `certificate` and `private_key`, or none',
    );
  }
}

/** What goes between nodes is safe, or it is said. */
export function checkTransport(document: Partly<ConfigDocument>, findings: Findings): void {
  if (document.libvirt?.transport !== 'tcp') return;
  findings.advise(
    ['libvirt', 'transport'],
    'tcp: whoever reaches a node there controls its VMs, and migrations travel readable',
  );
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Least and most of each time. ZooKeeper itself holds a session between 2 and 20 ticks of the server. */
const BOUNDS: readonly [Path, (document: Partly<ConfigDocument>) => string | undefined, number, number][] = [
  [['store', 'session_timeout'], (d) => d.store?.session_timeout, 2 * SECOND, 2 * MINUTE],
  [['timers', 'keepalive'], (d) => d.timers?.keepalive, SECOND, MINUTE],
  [['timers', 'health'], (d) => d.timers?.health, SECOND, 60 * MINUTE],
  [['timers', 'vm_shutdown'], (d) => d.timers?.vm_shutdown, SECOND, 24 * 60 * MINUTE],
  [['benchmark', 'runtime'], (d) => d.benchmark?.runtime, SECOND, 60 * MINUTE],
  [['benchmark', 'warm_up'], (d) => d.benchmark?.warm_up, 0, 60 * MINUTE],
];

export function checkTimes(document: Partly<ConfigDocument>, findings: Findings): void {
  for (const [path, read, least, most] of BOUNDS) {
    const text = read(document);
    const ms = text === undefined ? undefined : parseDuration(text);
    if (ms === undefined || (ms >= least && ms <= most)) continue;
    findings.wrong(
      path,
      `${text ?? ''} is out of bounds`,
      `write a time from ${formatDuration(least)} to ${formatDuration(most)}`,
    );
  }
}
