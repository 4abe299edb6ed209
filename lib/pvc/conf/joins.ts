import type { Draft } from './draft.js';
import { TARGET } from './keys.js';
import type { Values } from './values.js';

/** Several keys of PVC's that make one of ours. */
export const JOINS: readonly ((values: Values, draft: Draft) => void)[] = [
  ceph,
  coordinators,
  networks,
  api,
  autobackup,
  automirror,
];

function ceph(values: Values, draft: Draft): void {
  const folder = (values.text('path.ceph_directory') ?? '/etc/ceph').replace(/\/+$/, '');
  const config = values.text('ceph.ceph_config_file');
  const keyring = values.text('ceph.ceph_keyring_file');
  if (config !== undefined) draft.set(['ceph', 'config_file'], `${folder}/${config}`);
  if (keyring === undefined) return;
  draft.set(['ceph', 'keyring_file'], `${folder}/${keyring}`);
  const user = /^[^.]+\.client\.(.+)\.keyring$/.exec(keyring)?.[1];
  if (user !== undefined) draft.set(['ceph', 'user'], user);
}

function coordinators(values: Values, draft: Draft): void {
  const names = values.texts('cluster.coordinator_nodes');
  if (names !== undefined) {
    draft.set(['cluster', 'coordinators'], Object.fromEntries(names.map((name) => [name, name])));
  }
  const domain = values.text('cluster.networks.storage.domain');
  const hosts =
    values.texts('ceph.monitor_hosts') ??
    (domain === undefined ? undefined : names?.map((name) => `${name}.${domain}`));
  const port = values.number('ceph.monitor_port') ?? 6789;
  if (hosts === undefined || hosts.length === 0) return;
  const servers = hosts.map((host) => (/:\d+$/.test(host) ? host : `${host}:${port}`));
  draft.set(['ceph', 'monitors'], servers);
}

function networks(values: Values, draft: Draft): void {
  for (const name of ['cluster', 'storage']) {
    const at = `cluster.networks.${name}.ipv4`;
    const address = values.text(`${at}.network_address`);
    const bits = values.number(`${at}.netmask`);
    if (address !== undefined && bits !== undefined)
      draft.set(['networks', name, 'range'], `${address}/${bits}`);
  }
  const floating = values.text('cluster.networks.upstream.ipv4.floating_address');
  const bits = values.number('cluster.networks.upstream.ipv4.netmask');
  if (floating !== undefined && bits !== undefined)
    draft.set(['api', 'published_address'], `${floating}/${bits}`);
}

function api(values: Values, draft: Draft): void {
  for (const [index, token] of draft.list('api', 'tokens').entries()) {
    token['name'] ??= `token ${index + 1}`;
    token['scopes'] = ['admin'];
  }
  if (!values.flag('api.ssl.enabled')) return;
  draft.set(['api', 'tls'], {});
  const [certificate, key] = [values.text('api.ssl.certificate'), values.text('api.ssl.private_key')];
  if (certificate !== undefined) draft.set(['api', 'tls', 'certificate'], certificate);
  if (key !== undefined) draft.set(['api', 'tls', 'private_key'], key);
}

/** PVC puts root and suffix together without a separator, and splits commands at blanks. */
function autobackup(values: Values, draft: Draft): void {
  const root = values.text('autobackup.backup_root_path');
  const suffix = values.text('autobackup.backup_root_suffix') ?? '';
  const target = ['backup', 'targets', TARGET];
  const apart = suffix === '' || suffix.startsWith('/');
  if (root !== undefined) draft.set([...target, 'root'], apart ? root : `${root}${suffix}`);
  if (apart && suffix !== '') draft.set([...target, 'suffix'], suffix);
  if (!values.flag('autobackup.auto_mount.enabled')) return;
  for (const key of ['mount', 'unmount']) {
    const commands = values.texts(`autobackup.auto_mount.${key}_cmds`);
    const replaced = commands?.map((command) =>
      command
        .trim()
        .split(/\s+/)
        .map((word) => word.replaceAll('{backup_root_path}', apart ? '{root}' : (root ?? ''))),
    );
    if (replaced !== undefined) draft.set([...target, key], replaced);
  }
}

/** What a file of PVC's names as destinations are clusters of PVC. */
function automirror(_values: Values, draft: Draft): void {
  for (const name of draft.names('mirror', 'peers')) draft.set(['mirror', 'peers', name, 'protocol'], 'pvc');
}
