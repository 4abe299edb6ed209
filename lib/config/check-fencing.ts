import type { ConfigDocument, Partly } from '../../schemas/config.js';
import { sentenceList } from '../text/index.js';
import { entriesOf, type Findings } from './findings.js';
import { nodeNumber } from './placement.js';

const PATH = ['fencing', 'ipmi'];

/** Fencing reaches the controller of the node it means, and of no other. */
export function checkFencing(document: Partly<ConfigDocument>, findings: Findings): void {
  const ipmi = document.fencing?.ipmi;
  findings.advise(['fencing'], 'no node is fenced yet: the VMs of a dead node stay down until it is back');
  if (ipmi === undefined) return;
  findings.secret(PATH, ipmi, 'password');
  const nodes = entriesOf(document.cluster?.coordinators).map(([name]) => name);
  const single = new Map(entriesOf(ipmi.hostnames));
  const rest = nodes.filter((name) => !single.has(name));
  checkTemplate(ipmi.hostname, rest, single.size, findings);
  const seen = new Map<string, string>();
  for (const [name, host] of single) {
    const other = seen.get(host);
    if (other !== undefined) {
      findings.wrong(
        [...PATH, 'hostnames', name],
        `${other} has the same controller`,
        'write the one of this node',
      );
    }
    seen.set(host, name);
  }
}

function checkTemplate(
  template: string | undefined,
  nodes: readonly string[],
  listed: number,
  findings: Findings,
): void {
  const path = [...PATH, 'hostname'];
  if (template === undefined) {
    if (listed === 0 || nodes.length > 0) {
      const whose = nodes.length > 0 ? ` of ${sentenceList(nodes)}` : '';
      findings.key(
        path,
        `the controller${whose} is not known`,
        'add `hostname`, or the node under `hostnames`',
      );
    }
    return;
  }
  const placeholders: readonly string[] = template.match(/\{[^}]*\}?/g) ?? [];
  const strange = placeholders.find((word) => word !== '{node}' && word !== '{node_id}');
  if (strange !== undefined) {
    findings.wrong(path, `"${strange}" is not replaced by anything`, 'write {node} or {node_id}');
  } else if (placeholders.length === 0 && nodes.length > 1) {
    findings.wrong(
      path,
      `it names one controller for ${sentenceList(nodes)}: fencing one would switch off another`,
      'write {node} or {node_id} into it, or list each node under `hostnames`',
    );
  } else if (placeholders.includes('{node_id}')) {
    const numberless = nodes.filter((name) => nodeNumber(name) === undefined);
    if (numberless.length > 0) {
      findings.wrong(
        path,
        `{node_id} is nothing for ${sentenceList(numberless)}: no number in the name`,
        'list these nodes under `hostnames`',
      );
    }
  }
}
