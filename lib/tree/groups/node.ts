import {
  BOOLEAN,
  DECIMAL,
  EMPTY,
  INTEGER,
  JSON_OBJECT,
  none,
  oneOf,
  SECONDS,
  TEXT,
  unset,
} from '../codec.js';
import {
  DAEMON_STATES,
  NODE_DOMAIN_STATES,
  NODE_MODES,
  ROUTER_STATES,
  STATIC_DATA,
  WORDS,
} from '../forms.js';
import { group, key, must } from '../group.js';

export const MONITORING = group(
  '/nodes/{node}/monitoring_data/{plugin}',
  {
    name: key('', TEXT),
    lastRun: key('/last_run', unset(SECONDS)),
    healthDelta: key('/health_delta', unset(INTEGER)),
    message: key('/message', TEXT),
    data: key('/data', unset(JSON_OBJECT)),
    runtime: key('/runtime', unset(DECIMAL)),
  },
  {},
);

export const SRIOV_PF = group(
  '/nodes/{node}/sriov/pf/{pf}',
  { self: key('', EMPTY), mtu: key('/mtu', unset(INTEGER)), vfCount: key('/vfcount', unset(INTEGER)) },
  {},
);

export const SRIOV_VF = group(
  '/nodes/{node}/sriov/vf/{vf}',
  {
    self: key('', EMPTY),
    pf: key('/pf', TEXT),
    mtu: key('/mtu', unset(INTEGER)),
    mac: key('/mac', TEXT),
    physicalMac: key('/phy_mac', TEXT),
    config: key('/config', EMPTY),
    vlanId: key('/config/vlan_id', unset(INTEGER)),
    vlanQos: key('/config/vlan_qos', unset(INTEGER)),
    txRateMin: key('/config/tx_rate_min', unset(INTEGER)),
    txRateMax: key('/config/tx_rate_max', unset(INTEGER)),
    spoofCheck: key('/config/spoof_check', unset(BOOLEAN)),
    linkState: key('/config/link_state', unset(oneOf('auto', 'enable', 'disable'))),
    trust: key('/config/trust', unset(BOOLEAN)),
    queryRss: key('/config/query_rss', unset(BOOLEAN)),
    pci: key('/pci', EMPTY),
    pciDomain: key('/pci/domain', TEXT),
    pciBus: key('/pci/bus', TEXT),
    pciSlot: key('/pci/slot', TEXT),
    pciFunction: key('/pci/function', TEXT),
    used: key('/used', unset(BOOLEAN)),
    usedBy: key('/used_by', TEXT),
  },
  {},
);

/** Memory is in MiB. */
export const NODE = group(
  '/nodes/{node}',
  {
    mode: must('', oneOf(...NODE_MODES)),
    daemonMode: key('/daemonmode', unset(oneOf(...NODE_MODES))),
    keepalive: key('/keepalive', unset(SECONDS)),
    daemonState: must('/daemonstate', oneOf(...DAEMON_STATES)),
    routerState: must('/routerstate', oneOf(...ROUTER_STATES)),
    domainState: must('/domainstate', oneOf(...NODE_DOMAIN_STATES)),
    activeSchema: key('/activeschema', unset(INTEGER)),
    latestSchema: key('/latestschema', unset(INTEGER)),
    staticData: key('/staticdata', unset(STATIC_DATA)),
    pvcVersion: key('/pvcversion', TEXT),
    runningDomains: key('/runningdomains', WORDS),
    domainsCount: key('/domainscount', unset(INTEGER)),
    networksCount: key('/networkscount', unset(INTEGER)),
    cpuLoad: key('/cpuload', unset(DECIMAL)),
    vcpusAllocated: key('/vcpualloc', unset(INTEGER)),
    memoryTotal: key('/memtotal', unset(INTEGER)),
    memoryUsed: key('/memused', unset(INTEGER)),
    memoryFree: key('/memfree', unset(INTEGER)),
    memoryAllocated: key('/memalloc', unset(INTEGER)),
    memoryProvisioned: key('/memprov', unset(INTEGER)),
    ipmiHostname: key('/ipmihostname', TEXT),
    ipmiUsername: key('/ipmiusername', TEXT),
    ipmiPassword: key('/ipmipassword', TEXT),
    sriov: key('/sriov', EMPTY),
    monitoringPlugins: key('/monitoring_plugins', WORDS),
    monitoringHealth: key('/monitoring_health', none(unset(INTEGER))),
    networkStats: key('/network_stats', unset(JSON_OBJECT)),
  },
  { monitoring: MONITORING, physicalFunctions: SRIOV_PF, virtualFunctions: SRIOV_VF },
);
