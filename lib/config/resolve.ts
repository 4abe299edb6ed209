import { DroverError } from '../core/index.js';
import type { ConfigDocument } from '../../schemas/config.js';
import { parseDuration, parseRate, parseSize } from '../text/index.js';
import type { Configuration, MirrorPeer } from './configuration.js';
import { hostOf } from './placement.js';
import { Secret } from './secret.js';

/** A checked document with its defaults → what programs use: units read, texts joined, secrets wrapped. */
export function resolve(document: ConfigDocument): Configuration {
  const { cluster, networks, node, store, ceph, fencing, api, mirror } = document;
  const addressing = { coordinators: cluster.coordinators, networks, own: {} };
  const names = Object.keys(cluster.coordinators);
  const network = ({ range, domain }: { range?: string; domain?: string }) => ({ range, domain });
  return {
    cluster,
    networks: {
      cluster: network(networks.cluster),
      migration: network(networks.migration),
      storage: network(networks.storage),
    },
    node: {
      name: node.name,
      addresses: {
        cluster: node.addresses.cluster,
        migration: node.addresses.migration,
        storage: node.addresses.storage,
      },
    },
    store: {
      servers: store.servers ?? names.map((name) => server(cluster.coordinators[name] ?? name, 2181)),
      sessionTimeoutMs: time(store.session_timeout),
      tls: store.tls && {
        ca: store.tls.ca,
        certificate: store.tls.certificate,
        privateKey: store.tls.private_key,
      },
    },
    ceph: {
      configFile: ceph.config_file,
      user: ceph.user,
      keyringFile: ceph.keyring_file ?? beside(ceph.config_file, `ceph.client.${ceph.user}.keyring`),
      monitors: ceph.monitors ?? names.map((name) => server(hostOf(addressing, name, 'storage'), 6789)),
      secretUuid: ceph.secret_uuid?.toLowerCase(),
      pools: ceph.pools,
    },
    libvirt: document.libvirt,
    migration: {
      selector: document.migration.selector,
      bytesPerSecond: optional(document.migration.bandwidth, rate),
    },
    paths: {
      state: document.paths.state,
      run: document.paths.run,
      consoleLogs: document.paths.console_logs,
      exports: document.paths.exports,
    },
    timers: {
      keepaliveMs: time(document.timers.keepalive),
      healthMs: time(document.timers.health),
      vmShutdownMs: time(document.timers.vm_shutdown),
    },
    fencing: {
      missedKeepalives: fencing.missed_keepalives,
      afterPowerOff: fencing.after_power_off,
      ipmi: fencing.ipmi && {
        hostname: fencing.ipmi.hostname,
        hostnames: fencing.ipmi.hostnames,
        username: fencing.ipmi.username,
        password: secret(fencing.ipmi.password, fencing.ipmi.password_file),
      },
    },
    api: {
      enabled: api.enabled,
      listen: api.listen,
      port: api.port,
      publishedAddress: api.published_address,
      authentication: api.authentication,
      tokens: api.tokens.map(({ name, scopes, token, token_file }) => ({
        name,
        scopes,
        token: secret(token, token_file),
      })),
      tls: api.tls && { certificate: api.tls.certificate, privateKey: api.tls.private_key },
      metrics: api.metrics,
    },
    logging: {
      level: document.logging.level,
      toStore: document.logging.to_store,
      nodeLines: document.logging.node_lines,
      consoleLines: document.logging.console_lines,
    },
    backup: { targets: each(document.backup.targets, backupTarget) },
    mirror: {
      peers: each(mirror.peers, mirrorPeer),
      tags: mirror.tags,
      defaultPeer: mirror.default_peer ?? onlyOf(Object.keys(mirror.peers)),
      keep: mirror.keep,
      startWithoutPeer: mirror.start_without_peer,
    },
    schedules: each(document.schedules, ({ time_zone: timeZone, task, cron, arguments: given }) => ({
      task,
      cron,
      timeZone,
      arguments: given,
    })),
    benchmark: {
      volumeBytes: size(document.benchmark.volume_size),
      runtimeMs: time(document.benchmark.runtime),
      warmUpMs: time(document.benchmark.warm_up),
    },
    report: report(document.report),
  };
}

function backupTarget(target: ConfigDocument['backup']['targets'][string]) {
  const root = target.root.length > 1 ? target.root.replace(/\/+$/, '') : target.root;
  const filled = (commands: readonly (readonly string[])[]) =>
    commands.map((command) => command.map((argument) => argument.replaceAll('{root}', root)));
  return {
    root,
    directory: `${root}${target.suffix.replace(/\/+$/, '')}`,
    tags: target.tags,
    fullEvery: target.full_every,
    keepFulls: target.keep_fulls,
    mount: filled(target.mount),
    unmount: filled(target.unmount),
    nodes: target.nodes,
  };
}

function mirrorPeer(peer: ConfigDocument['mirror']['peers'][string]): MirrorPeer {
  const origin = `${peer.tls ? 'https' : 'http'}://${server(peer.address, peer.port)}`;
  return {
    protocol: peer.protocol,
    url: `${origin}${peer.prefix.replace(/\/+$/, '')}`,
    verify: peer.verify,
    ca: peer.ca,
    token: secret(peer.token, peer.token_file),
    pools: peer.pools,
    bytesPerSecond: optional(peer.rate_limit, rate),
    compress: peer.compress,
  };
}

function report({ mail, webhook, ping }: ConfigDocument['report']): Configuration['report'] {
  return {
    mail: mail && {
      to: mail.to,
      from: mail.from,
      when: mail.when,
      host: mail.host,
      port: mail.port,
      tls: mail.tls,
      login: optional(mail.username, (username) => ({
        username,
        password: secret(mail.password, mail.password_file),
      })),
      sendmail: mail.sendmail,
    },
    webhook: webhook && { url: secret(webhook.url, webhook.url_file), when: webhook.when },
    ping: ping && { url: secret(ping.url, ping.url_file) },
  };
}

function each<A, B>(map: Readonly<Record<string, A>>, change: (entry: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(map).map(([name, entry]) => [name, change(entry)]));
}

function optional<A, B>(value: A | undefined, change: (value: A) => B): B | undefined {
  return value === undefined ? undefined : change(value);
}

function onlyOf(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

/** `host:port`, an IPv6 address in brackets. */
function server(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function beside(file: string, name: string): string {
  return `${file.slice(0, file.lastIndexOf('/') + 1)}${name}`;
}

function secret(value: string | undefined, file: string | undefined): Secret {
  if (value !== undefined) return Secret.of(value);
  return Secret.inFile(read(file, (path) => path, 'file of a secret'));
}

const time = (text: string): number => read(text, parseDuration, 'time');
const size = (text: string): number => read(text, parseSize, 'size');
const rate = (text: string): number => read(text, parseRate, 'rate');

/** The schema and the checks let nothing through that cannot be read; if they did, this says so. */
function read<T>(text: string | undefined, parse: (text: string) => T | undefined, what: string): T {
  const value = text === undefined ? undefined : parse(text);
  if (value !== undefined) return value;
  throw new DroverError('INTERNAL', { object: 'configuration', reason: `an unread ${what} was let through` });
}
