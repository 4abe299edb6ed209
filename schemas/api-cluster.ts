import { Type } from 'typebox';
import {
  Amount,
  args,
  body,
  choice,
  Count,
  Figures,
  flag,
  orNull,
  type Shape,
  text,
  Word,
  Words,
} from './api-parts.js';

const HealthDetail = body({
  name: Word,
  last_run: orNull(Count),
  health_delta: Count,
  message: Word,
  data: Figures,
});

export const Node = body(
  {
    name: Word,
    daemon_state: Word,
    coordinator_state: Word,
    domain_state: Word,
    pvc_version: Word,
    cpu_count: Count,
    kernel: Word,
    os: Word,
    arch: Word,
    health: Type.Union([Type.Integer(), Type.Null()], { description: 'Percent; null when it is unknown.' }),
    health_plugins: Words,
    health_details: Type.Array(HealthDetail),
    load: Amount,
    domains_count: Count,
    running_domains: Type.Array(Type.String({ description: 'Name of a VM.' })),
    vcpu: body({ total: Count, allocated: Count }),
    memory: body({ total: Count, allocated: Count, provisioned: Count, used: Count, free: Count }, 'In MiB.'),
    interfaces: Figures,
  },
  'A node.',
);
export type Node = Shape<typeof Node>;
export const NodeList = Type.Array(Node);

export const NodeDaemonState = body({ name: Word, daemon_state: Word });
export const NodeCoordinatorState = body({ name: Word, coordinator_state: Word });
export const NodeDomainState = body({ name: Word, domain_state: Word });

export const NodeListArgs = args({
  limit: Type.Optional(text('A pattern that some part of the name must match.')),
  daemon_state: Type.Optional(text('Nodes whose daemon is in this state.')),
  coordinator_state: Type.Optional(text('Nodes in this state of coordination.')),
  domain_state: Type.Optional(text('Nodes in this state for VMs.')),
});

export const NodeCoordinatorArgs = args({
  state: choice('primary or secondary.', ['primary', 'secondary'] as const),
});
export const NodeDomainArgs = args({
  state: choice('ready, or flush to move its VMs away.', ['ready', 'flush'] as const),
  wait: flag('Answer when it is so, not when it is wished.'),
});

export const Fault = body({
  id: Word,
  last_reported: Word,
  first_reported: Word,
  acknowledged_at: Word,
  status: Word,
  health_delta: Count,
  message: Word,
});
export type Fault = Shape<typeof Fault>;
export const FaultList = Type.Array(Fault);

export const FAULT_ORDERS = [
  'first_reported',
  'last_reported',
  'acknowledged_at',
  'status',
  'health_delta',
  'message',
] as const;

export const FaultListArgs = args({
  sort_key: Type.Optional(choice(`What to sort by: one of ${FAULT_ORDERS.join(', ')}.`, FAULT_ORDERS)),
});

const Usage = { total: Amount, free: Amount, used: Amount, utilization: Amount };
const Counted = Type.Record(Type.String(), Type.Integer(), {
  description: '`total`, and how many there are in each state.',
});

export const Status = body(
  {
    cluster_name: Word,
    cluster_health: body({
      health: Count,
      messages: Type.Array(body({ id: Word, health_delta: Count, text: Word })),
    }),
    node_health: Type.Record(Type.String(), body({ health: orNull(Count), messages: Words })),
    maintenance: Type.Enum(['true', 'false']),
    primary_node: Word,
    pvc_version: Word,
    upstream_ip: Word,
    nodes: Counted,
    vms: Counted,
    networks: Count,
    osds: Counted,
    pools: Count,
    volumes: Count,
    snapshots: Count,
    resources: body({
      memory: body({ ...Usage, allocated: Amount, provisioned: Amount }, 'In MiB.'),
      cpu: body({ total: Amount, load: Amount, allocated: Amount, utilization: Amount }),
      disk: body(Usage, 'In KiB.'),
    }),
    detail: body({
      node: Type.Array(body({ name: Word, daemon_state: Word, domain_state: Word })),
      vm: Type.Array(body({ uuid: Word, name: Word, state: Word })),
      osd: Type.Array(body({ id: Word, up: Word, in: Word })),
      faults: FaultList,
    }),
  },
  'The cluster at a glance.',
);
export type Status = Shape<typeof Status>;

export const PrimaryNode = body({ primary_node: Word });
export type PrimaryNode = Shape<typeof PrimaryNode>;
export const MaintenanceArgs = args({
  state: Type.Boolean({ description: 'true to begin maintenance, false to end it.' }),
});
export const LoginArgs = args({ token: text('The token.') });
