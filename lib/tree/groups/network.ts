import { ASCII, BOOLEAN, EMPTY, INTEGER, none, oneOf, TEXT, unset } from '../codec.js';
import { TEXTS } from '../forms.js';
import { group, key, must } from '../group.js';

/** Networks are not ours: their keys are read for the tools, and kept. */
const ADDRESS = none(ASCII);
const FLAG = none(unset(BOOLEAN));

export const RESERVATION = group(
  '/networks/{vni}/dhcp4_reservations/{mac}',
  { kind: key('', TEXT), address: key('/ipaddr', TEXT), hostname: key('/hostname', TEXT) },
  {},
);

export const LEASE = group(
  '/networks/{vni}/dhcp4_leases/{mac}',
  {
    self: key('', TEXT),
    expiry: key('/expiry', TEXT),
    address: key('/ipaddr', TEXT),
    hostname: key('/hostname', TEXT),
    clientId: key('/clientid', TEXT),
  },
  {},
);

const RULE = {
  self: key('', TEXT),
  order: key('/order', unset(INTEGER)),
  rule: key('/rule', TEXT),
} as const;

export const RULE_IN = group('/networks/{vni}/firewall_rules/in/{rule}', RULE, {});
export const RULE_OUT = group('/networks/{vni}/firewall_rules/out/{rule}', RULE, {});

export const NETWORK = group(
  '/networks/{vni}',
  {
    description: key('', ASCII),
    type: must('/nettype', oneOf('bridged', 'managed')),
    mtu: key('/mtu', unset(INTEGER)),
    domain: key('/domain', TEXT),
    nameServers: key('/name_servers', none(TEXTS)),
    ip4Network: key('/ip4_network', ADDRESS),
    ip4Gateway: key('/ip4_gateway', ADDRESS),
    dhcp4Flag: key('/dhcp4_flag', FLAG),
    dhcp4Start: key('/dhcp4_start', ADDRESS),
    dhcp4End: key('/dhcp4_end', ADDRESS),
    ip6Network: key('/ip6_network', ADDRESS),
    ip6Gateway: key('/ip6_gateway', ADDRESS),
    dhcp6Flag: key('/dhcp6_flag', FLAG),
    firewallRules: key('/firewall_rules', EMPTY),
  },
  { reservations: RESERVATION, leases: LEASE, rulesIn: RULE_IN, rulesOut: RULE_OUT },
);
