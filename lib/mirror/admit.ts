import type { MirrorOffer } from '../../schemas/mirror-wire.js';
import { DroverError } from '../core/index.js';
import { vmNames, whereabouts } from '../domain/index.js';
import type { CallOptions, Store } from '../ports/index.js';
import { type MirrorRecord, readMirror } from './records.js';

/**
 * Whether a point of this source may come here: its VM is not known yet, or is a copy of that very source that does not run
 * (M7). Returns the record of the copy.
 */
export async function admit(
  store: Store,
  offer: MirrorOffer,
  options?: CallOptions,
): Promise<MirrorRecord | undefined> {
  const { uuid, name } = offer.vm;
  const object = `VM '${name}'`;
  const names = await vmNames(store, options);
  const record = await readMirror(store, uuid, options);
  const other = [...names].find(([its, called]) => its !== uuid && called === name);
  if (other !== undefined)
    throw new DroverError('REFUSED', {
      object,
      reason: `another VM here has this name: ${other[0]}`,
      remedy: 'rename one of the two',
    });
  if (!names.has(uuid)) {
    // Its definition was removed; what is kept of its mirror says nothing any more.
    return record;
  }
  const role = record?.value.role;
  if (record === undefined)
    return refuse(
      object,
      'there is one of this UUID here, and it is no copy of a mirror',
      'remove it here, if it is not needed',
    );
  if (role !== 'mirror')
    return refuse(
      object,
      `here it is ${role ?? 'active'}, not a copy`,
      `decide which of the two is right; if it is the other one, here: drover vm mirror demote ${name}`,
    );
  if (offer.epoch < record.value.epoch)
    return refuse(
      object,
      `the source is of epoch ${offer.epoch}, and here it is ${record.value.epoch}`,
      `the source has been succeeded: make it the copy, there: drover vm mirror demote ${name}`,
    );
  const source = record.value.source?.cluster;
  if (source !== undefined && source !== offer.source.cluster)
    return refuse(object, `it is a copy of another cluster: ${record.value.source?.name ?? source}`);
  const { holders } = await whereabouts(store, uuid, options);
  if (holders.length > 0) return refuse(object, `it runs on ${holders.join(' and ')}`, 'stop it there first');
  return record;
}

function refuse(object: string, reason: string, remedy?: string): never {
  throw new DroverError('REFUSED', { object, reason, ...(remedy === undefined ? {} : { remedy }) });
}
