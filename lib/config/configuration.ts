import type { Secret } from './secret.js';

/**
 * The configuration with every default filled in. Times are milliseconds (`…Ms`), sizes bytes (`…Bytes`), rates bytes a
 * second. What each value means: docs/configuration.md.
 */
export interface Configuration {
  readonly cluster: {
    readonly name: string;
    /** Node name → host name or address in the cluster network. */
    readonly coordinators: Readonly<Record<string, string>>;
  };
  readonly networks: Readonly<Record<'cluster' | 'migration' | 'storage', NetworkSettings>>;
  readonly node: {
    /** Undefined: the short host name. */
    readonly name: string | undefined;
    /** Literal or `by-id`; undefined: see {@link nodeOf}. */
    readonly addresses: Readonly<Record<'cluster' | 'migration' | 'storage', string | undefined>>;
  };
  readonly store: {
    /** `host:port` */
    readonly servers: readonly string[];
    readonly sessionTimeoutMs: number;
    readonly tls: ClientTls | undefined;
  };
  readonly ceph: {
    readonly configFile: string;
    readonly user: string;
    readonly keyringFile: string;
    /** `host:port` */
    readonly monitors: readonly string[];
    readonly secretUuid: string | undefined;
    /** Undefined: all. */
    readonly pools: readonly string[] | undefined;
  };
  readonly libvirt: { readonly uri: string; readonly transport: 'tls' | 'tcp' | 'ssh' };
  readonly migration: {
    readonly selector: 'mem' | 'memprov' | 'load' | 'vcpus' | 'vms';
    readonly bytesPerSecond: number | undefined;
  };
  readonly paths: {
    readonly state: string;
    readonly run: string;
    readonly consoleLogs: string;
    readonly exports: readonly string[];
  };
  readonly timers: { readonly keepaliveMs: number; readonly healthMs: number; readonly vmShutdownMs: number };
  readonly fencing: {
    readonly missedKeepalives: number;
    readonly afterPowerOff: 'recover' | 'leave';
    readonly ipmi: Ipmi | undefined;
  };
  readonly api: {
    readonly enabled: boolean;
    readonly listen: string;
    readonly port: number;
    /** With the length of its network: `10.0.0.250/24`. */
    readonly publishedAddress: string | undefined;
    readonly authentication: 'token' | 'off';
    readonly tokens: readonly ApiToken[];
    readonly tls: { readonly certificate: string; readonly privateKey: string } | undefined;
    readonly metrics: boolean;
  };
  readonly logging: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly toStore: boolean;
    readonly nodeLines: number;
    readonly consoleLines: number;
  };
  readonly backup: { readonly targets: Readonly<Record<string, BackupTarget>> };
  readonly mirror: {
    readonly peers: Readonly<Record<string, MirrorPeer>>;
    readonly tags: readonly string[];
    readonly defaultPeer: string | undefined;
    readonly keep: number;
    readonly startWithoutPeer: 'hold' | 'start';
  };
  readonly schedules: Readonly<Record<string, Schedule>>;
  readonly benchmark: {
    readonly volumeBytes: number;
    readonly runtimeMs: number;
    readonly warmUpMs: number;
  };
  readonly report: {
    readonly mail: MailReport | undefined;
    readonly webhook: { readonly url: Secret; readonly when: ReportWhen } | undefined;
    readonly ping: { readonly url: Secret } | undefined;
  };
}

export interface NetworkSettings {
  /** `10.0.0.0/24` */
  readonly range: string | undefined;
  readonly domain: string | undefined;
}

export interface ClientTls {
  readonly ca: string;
  /** Both or none. */
  readonly certificate: string | undefined;
  readonly privateKey: string | undefined;
}

export interface Ipmi {
  /** With `{node}` or `{node_id}`. */
  readonly hostname: string | undefined;
  readonly hostnames: Readonly<Record<string, string>>;
  readonly username: string;
  readonly password: Secret;
}

export interface ApiToken {
  readonly name: string;
  readonly scopes: readonly ('read' | 'operate' | 'mirror' | 'admin')[];
  readonly token: Secret;
}

export interface BackupTarget {
  readonly root: string;
  /** `root` and the suffix below it. */
  readonly directory: string;
  readonly tags: readonly string[];
  readonly fullEvery: number;
  readonly keepFulls: number;
  /** Program and arguments, `{root}` replaced. */
  readonly mount: readonly (readonly string[])[];
  readonly unmount: readonly (readonly string[])[];
  readonly nodes: readonly string[];
}

export interface MirrorPeer {
  readonly protocol: 'drover' | 'pvc';
  /** Address of its API with the prefix: `https://10.1.0.5:7370/api/v1`. */
  readonly url: string;
  readonly verify: boolean;
  readonly ca: string | undefined;
  readonly token: Secret;
  /** Pool here → pool there; `*` for every other. */
  readonly pools: Readonly<Record<string, string>>;
  readonly bytesPerSecond: number | undefined;
  readonly compress: boolean;
}

export interface Schedule {
  readonly task: 'cluster.autobackup' | 'cluster.automirror' | 'storage.benchmark' | 'volume.purge';
  readonly cron: string;
  readonly timeZone: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export type ReportWhen = 'always' | 'failure';

export interface MailReport {
  readonly to: readonly string[];
  readonly from: string | undefined;
  readonly when: ReportWhen;
  readonly host: string;
  readonly port: number;
  readonly tls: 'opportunistic' | 'required' | 'implicit';
  readonly login: { readonly username: string; readonly password: Secret } | undefined;
  /** A program that takes mails instead of a server. */
  readonly sendmail: string | undefined;
}
