/** A machine's kernel at one moment, as far as benchmarks look at it. */
export function procFiles(at: {
  /** Ticks. */
  readonly user: number;
  readonly idle: number;
  /** Ticks of the OSD. */
  readonly osd: number;
  /** Bytes on eth0. */
  readonly received: number;
  readonly sent: number;
  /** KiB of a machine of 1,000,000. */
  readonly available: number;
}): Record<string, string> {
  const { user, idle, osd, received, sent, available } = at;
  return {
    '/proc/stat': `cpu  ${user} 0 100 ${idle} 50 0 0 0 77 0\ncpu0 1 2 3 4\nintr 5\n`,
    '/proc/meminfo': `MemTotal:        1000000 kB\nMemFree:          1 kB\nMemAvailable:    ${available} kB\n`,
    '/proc/net/dev': `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 999999 1 0 0 0 0 0 0 999999 1 0 0 0 0 0 0
  eth0: ${received} 1 0 0 0 0 0 0 ${sent} 1 0 0 0 0 0 0
  eth1:1000 1 0 0 0 0 0 0 1000 1 0 0 0 0 0 0
`,
    '/proc/net/route': `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth1\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000112C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`,
    '/proc/7/comm': 'bash\n',
    '/proc/42/comm': 'ceph-osd\n',
    '/proc/42/stat': `42 (ceph) osd (x) S 1 42 42 0 -1 4194560 1 0 0 0 ${osd} 30 0 0 20 0 60 0 100 1 1\n`,
    '/proc/42/statm': '90000 25000 1 1 0 1 0\n',
    '/proc/self/comm': 'node\n',
  };
}
