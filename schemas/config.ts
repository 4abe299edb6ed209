/**
 * The configuration file, `/etc/drover/drover.yaml`. Descriptions become the reference in docs/configuration.md.
 */
import { type Static } from 'typebox';
import { cluster, networks, node, store } from './config/cluster.js';
import { section } from './config/form.js';
import { ceph, fencing, libvirt, logging, migration, paths, timers } from './config/host.js';
import { api, backup, benchmark, mirror, report, schedules } from './config/service.js';

const NAMES = {
  $id: 'urn:drover:config',
  title: 'Drover configuration',
  description: 'The configuration of Drover. Only `cluster` must be there.',
};

export const configSchema = Object.assign(
  section(NAMES.description, {
    cluster,
    networks,
    node,
    store,
    ceph,
    libvirt,
    migration,
    paths,
    timers,
    fencing,
    api,
    logging,
    backup,
    mirror,
    schedules,
    benchmark,
    report,
  }),
  NAMES,
);

/** The document with every default filled in. */
export type ConfigDocument = Static<typeof configSchema>;

/** Everything of `T` may be missing. */
export type Partly<T> = T extends readonly (infer E)[]
  ? (Partly<E> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Partly<T[K]> | undefined }
    : T;
