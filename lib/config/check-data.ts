import type { ConfigDocument, Partly } from '../../schemas/config.js';
import { didYouMean, sentenceList } from '../text/index.js';
import { cronFault } from './cron.js';
import { entriesOf, type Findings, itemsOf } from './findings.js';

/** Targets do not share a directory, and every placeholder of a command is replaced. */
export function checkBackup(document: Partly<ConfigDocument>, findings: Findings): void {
  const seen = new Map<string, string>();
  for (const [name, target] of entriesOf(document.backup?.targets)) {
    const path = ['backup', 'targets', name];
    const directory = `${target.root ?? name}${target.suffix ?? ''}`.replace(/\/+$/, '');
    const other = seen.get(directory);
    if (other !== undefined) {
      findings.wrong(
        [...path, 'root'],
        `the target ${other} has the same directory`,
        'give each target its own `suffix`',
      );
    }
    seen.set(directory, name);
    for (const key of ['mount', 'unmount'] as const) {
      for (const [index, command] of itemsOf(target[key])) {
        for (const [position, argument] of itemsOf(command)) {
          const strange = /\{(?!root\})[a-z_]*\}/.exec(argument)?.[0];
          if (strange === undefined) continue;
          findings.wrong(
            [...path, key, index, position],
            `"${strange}" is not replaced by anything`,
            'write {root}',
          );
        }
      }
    }
    if ((target.unmount ?? []).length > 0 && (target.mount ?? []).length === 0) {
      findings.key(
        [...path, 'mount'],
        'there are commands to unmount and none to mount',
        'add `mount`, or take `unmount` away',
      );
    }
  }
}

/** Every tag has a peer to go to, and every peer a token. */
export function checkMirror(document: Partly<ConfigDocument>, findings: Findings): void {
  const mirror = document.mirror ?? {};
  const names = entriesOf(mirror.peers).map(([name]) => name);
  for (const [name, peer] of entriesOf(mirror.peers)) {
    const path = ['mirror', 'peers', name];
    findings.secret(path, peer, 'token');
    if (peer.tls === false) {
      if ('ca' in peer)
        findings.key([...path, 'ca'], 'it is of no use without `tls`', 'take it away, or `tls: false`');
      findings.advise([...path, 'tls'], 'without it our token and the disks of VMs travel readable');
    } else if (peer.verify === false) {
      findings.advise([...path, 'verify'], 'whoever stands between can take our token and the disks of VMs');
    }
  }
  const wanted = mirror.default_peer;
  if (wanted !== undefined && !names.includes(wanted)) {
    const near = didYouMean(wanted, names);
    findings.wrong(
      ['mirror', 'default_peer'],
      `there is no peer "${wanted}"`,
      near === undefined ? `the peers are ${sentenceList(names)}` : `did you mean "${near}"?`,
    );
  } else if (wanted === undefined && (mirror.tags ?? []).length > 0 && names.length !== 1) {
    const remedy =
      names.length === 0 ? 'add one under `mirror.peers`' : `write one of ${sentenceList(names)}`;
    findings.key(['mirror', 'default_peer'], 'the tags need a peer to go to', remedy);
  }
}

/** Times that exist, for tasks that have something to do. */
export function checkSchedules(document: Partly<ConfigDocument>, findings: Findings): void {
  for (const [name, schedule] of entriesOf(document.schedules)) {
    const path = ['schedules', name];
    const fault = schedule.cron === undefined ? undefined : cronFault(schedule.cron);
    if (fault !== undefined) {
      findings.wrong(
        [...path, 'cron'],
        fault,
        'write minute, hour, day of the month, month, day of the week, such as "30 2 * * *"',
      );
    }
    if (schedule.time_zone !== undefined && !isTimeZone(schedule.time_zone)) {
      findings.wrong(
        [...path, 'time_zone'],
        `there is no time zone "${schedule.time_zone}"`,
        'write one such as UTC or Europe/Berlin',
      );
    }
    if (schedule.task === 'cluster.autobackup' && entriesOf(document.backup?.targets).length === 0) {
      findings.wrong([...path, 'task'], 'there is no backup target', 'add one under `backup.targets`');
    }
    if (schedule.task === 'cluster.automirror' && entriesOf(document.mirror?.peers).length === 0) {
      findings.wrong([...path, 'task'], 'there is no mirror peer', 'add one under `mirror.peers`');
    }
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
