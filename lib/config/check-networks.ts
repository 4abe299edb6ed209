import type { ConfigDocument, Partly } from '../../schemas/config.js';
import { entriesOf, type Findings } from './findings.js';
import { ipv4, ipv4Range, isHostOf } from './ipv4.js';
import { type Addressing, NETWORK_NAMES, type NetworkName, ownAddress } from './placement.js';

/** Coordinators and addresses: different, inside their networks, and known for every coordinator. */
export function checkNetworks(document: Partly<ConfigDocument>, findings: Findings): void {
  const coordinators = entriesOf(document.cluster?.coordinators);
  const own = document.node?.addresses ?? {};
  const networks = document.networks ?? {};
  const seen = new Map<string, string>();
  for (const [name, host] of coordinators) {
    const path = ['cluster', 'coordinators', name];
    const other = seen.get(host.toLowerCase());
    if (other !== undefined) {
      findings.wrong(path, `${other} has the same address, ${host}`, 'give each coordinator its own');
    }
    seen.set(host.toLowerCase(), name);
    checkInside(path, host, 'cluster', networks.cluster?.range, findings);
  }
  if (coordinators.length > 0 && coordinators.length % 2 === 0) {
    findings.advise(
      ['cluster', 'coordinators'],
      `${coordinators.length} coordinators survive no more failures than ${coordinators.length - 1}: an odd number is better`,
    );
  }
  for (const network of NETWORK_NAMES) {
    checkInside(
      ['node', 'addresses', network],
      own[network] ?? '',
      network,
      networks[network]?.range,
      findings,
    );
  }
  const addressing: Addressing = { coordinators: Object.fromEntries(coordinators), networks, own };
  const names = document.node?.name === undefined ? coordinators.map(([name]) => name) : [document.node.name];
  checkEachOwn(addressing, names, findings);
}

/** One complaint for each place in the file, however many nodes have it. */
function checkEachOwn(addressing: Addressing, names: readonly string[], findings: Findings): void {
  const told = new Set<string>();
  for (const name of names) {
    for (const network of NETWORK_NAMES) {
      const address = ownAddress(addressing, name, network);
      if (address === undefined || typeof address === 'string') continue;
      const place = address.path.join('.');
      if (!told.has(place)) findings.complaints.push(address);
      told.add(place);
    }
  }
}

function checkInside(
  path: readonly string[],
  address: string,
  network: NetworkName,
  range: string | undefined,
  findings: Findings,
): void {
  const number = ipv4(address);
  const settled = range === undefined ? undefined : ipv4Range(range);
  if (number === undefined || settled === undefined || isHostOf(settled, number)) return;
  findings.wrong(
    path,
    `${address} is no address for a host of ${range ?? ''}`,
    `write an address of that range, or correct networks.${network}.range`,
  );
}
