// Recorded from libvirt 9.0.0 and QEMU 7.2.22.

export const VM1 = '11111111-2222-4333-8444-000000000001';
export const DOMAIN_007 = '11111111-2222-4333-8444-000000000007';
export const DOTTED = '11111111-2222-4333-8444-00000000000a';
export const NOBODY = '11111111-2222-4333-8444-0000000000ff';

export const LIST = `${VM1} vm1
${DOMAIN_007} 007
${DOTTED} a.b-c
`;
/** `list --all --uuid --name; domstats --raw --state` */
export const STATES = `${LIST}Domain: '007'
  state.state=1
  state.reason=1

Domain: 'a.b-c'
  state.state=3
  state.reason=5

Domain: 'vm1'
  state.state=1
  state.reason=5
`;
/** `list --all --uuid --name; domstats --raw --nowait` with 007 stopped by SIGSTOP: it says little. */
export const STATS = `${DOMAIN_007} 007
${VM1} vm1
Domain: '007'
  state.state=1
  state.reason=1
  cpu.time=45380000000
  cpu.user=39850000000
  cpu.system=5530000000
  cpu.cache.monitor.count=0
  balloon.current=98304
  balloon.maximum=98304
  vcpu.current=1
  vcpu.maximum=1
  vcpu.0.state=1
  vcpu.0.time=39570000000
  vcpu.0.wait=0
  vcpu.0.delay=60564463955
  net.count=0
  block.count=1
  block.0.name=vda
  block.0.backingIndex=1

Domain: 'vm1'
  state.state=1
  state.reason=1
  cpu.time=16610000000
  cpu.user=15470000000
  cpu.system=1140000000
  cpu.cache.monitor.count=0
  cpu.haltpoll.success.time=0
  cpu.haltpoll.fail.time=0
  balloon.current=98304
  balloon.maximum=131072
  balloon.rss=199592
  vcpu.current=2
  vcpu.maximum=4
  net.count=1
  net.0.name=vnet0
  net.0.rx.bytes=656
  net.0.rx.pkts=8
  net.0.rx.errs=0
  net.0.rx.drop=1
  net.0.tx.bytes=42
  net.0.tx.pkts=1
  net.0.tx.errs=2
  net.0.tx.drop=3
  block.count=1
  block.0.name=vda
  block.0.backingIndex=1
  block.0.rd.reqs=437
  block.0.rd.bytes=1764864
  block.0.rd.times=1579494208
  block.0.wr.reqs=420
  block.0.wr.bytes=2219008
  block.0.wr.times=5539408788
  block.0.fl.reqs=416
  block.0.fl.times=151474823
  block.0.allocation=59344896
  block.0.capacity=67108864
  block.0.physical=67108864
  dirtyrate.calc_mode=page-sampling
`;
export const BLOCK = `Domain: 'vm1'
  block.count=1
  block.0.name=vda
  block.0.backingIndex=1
  block.0.rd.reqs=437
  block.0.capacity=67108864
  block.0.physical=67108864
`;
export const NO_JOB = 'Job type: 0\n\n';
export const JOB = `Job type: 2

operation: 5
time_elapsed: 1503
downtime: 300
setup_time: 1
data_total: 101195776
data_processed: 6728678
data_remaining: 93503488
memory_total: 101195776
memory_processed: 6728678
memory_remaining: 93503488
memory_bps: 8330079
disk_total: 0
`;
/** `virsh -q 'hostname; event --all --loop --timestamp'` */
export const EVENTS = `c1
2026-11-22 10:49:41.364+0000: event 'lifecycle' for domain 'vm1': Suspended Paused
2026-11-22 10:50:10.089+0000: event 'migration-iteration' for domain 'vm1': iteration: '1'
2026-11-22 10:50:14.645+0000: event 'control-error' for domain 'vm1'
2026-11-22 10:50:31.845+0000: event 'agent-lifecycle' for domain 'vm1': state: 'disconnected' reason: 'domain started'
2026-11-22 10:50:51.077+0000: event 'agent-lifecycle' for domain 'a.b-c': state: 'connected' reason: 'channel event'
2026-11-22 10:50:44.601+0000: event 'job-completed' for domain 'vm1':
	operation: 5
	time_elapsed: 2854
2026-11-22 10:53:10.234+0000: event 'io-error-reason' for domain '007': vms/d7 (virtio-disk0) pause due to 
2026-11-22 10:53:10.234+0000: event 'lifecycle' for domain 'it's': Stopped Failed
`;

export const NO_DOMAIN = `error: failed to get domain '${NOBODY}'\n`;
export const DIED_MEANWHILE = `error: Failed to resume domain '${VM1}'
error: Domain not found: no domain with matching uuid '${VM1}' (vm1)
`;
export const REFUSED = `error: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Connection refused\n`;
export const UNREACHABLE = `error: failed to connect to the hypervisor\n${REFUSED}`;
export const DISCONNECTED = `error: Disconnected from qemu:///system due to keepalive timeout
events received: 0
error: internal error: client socket is closed
`;
export const ALREADY_ACTIVE = `error: Failed to create domain from /dev/stdin
error: Requested operation is not valid: domain 'vm1' is already active
`;
export const BAD_XML = `error: Failed to create domain from /dev/stdin
error: (domain_definition):2: Couldn't find end of Start Tag domain line 1
(null)
^
`;
export const ALREADY_RUNNING = `error: Failed to resume domain '${VM1}'
error: Requested operation is not valid: domain is already running
`;
/** Of QEMU's monitor: libvirt itself is well. */
export const QEMU_GONE = `error: Failed to suspend domain '${VM1}'
error: Unable to read from monitor: Connection reset by peer
`;
export const NO_AGENT = `error: Unable to freeze filesystems
error: Guest agent is not responding: QEMU guest agent is not connected
`;
export const NO_ACTIVE_JOB = 'error: Requested operation is not valid: no job is active on the domain\n';
export const ONLY_SOURCE =
  'error: Operation not supported: migration statistics are available only on the source host\n';
export const ABORTED = 'error: operation aborted: migration out: canceled by client\n';
export const NO_ROUTE = "error: unable to connect to server at '198.18.1.199:16509': No route to host\n";
