// What Ceph's programs print with `--format json`, read. Of a document only what we use is looked at.
import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { DroverError, messageOf } from '../../core/index.js';
import type { Image, ImageSnapshot, Pool, Trashed, Watcher } from '../../ports/index.js';

/** Reads one kind of document. STORAGE_UNREACHABLE when `text` is none: then nothing is known. */
type Reader<T> = (object: string, text: string) => T;

export const readNames = reader(Type.Array(Type.String()), (names) => names);

const Info = Type.Object({
  id: Type.String(),
  size: Type.Integer(),
  features: Type.Array(Type.String()),
  flags: Type.Array(Type.String()),
});
export const readImage: Reader<Image> = reader(Info, ({ id, size, features, flags }, text) => ({
  id,
  bytes: size,
  features,
  flags,
  info: text.trim(),
}));

const Status = Type.Object({
  watchers: Type.Array(Type.Object({ address: Type.String(), client: Type.String(), cookie: Type.String() })),
});
const readStatus = reader(Status, ({ watchers }) => watchers);
/** Its numbers have 64 bits, more than a number of JavaScript holds: they are made texts first. */
export const readWatchers: Reader<readonly Watcher[]> = (object, text) =>
  readStatus(object, text.replace(/("(?:client|cookie)":\s*)(\d+)/g, '$1"$2"'));

const Snapshots = Type.Array(Type.Object({ id: Type.Integer(), name: Type.String(), size: Type.Integer() }));
export const readSnapshots: Reader<readonly ImageSnapshot[]> = reader(Snapshots, (snapshots) =>
  snapshots.map(({ id, name, size }) => ({ id: String(id), name, bytes: size })),
);

const Trash = Type.Array(Type.Object({ id: Type.String(), name: Type.String(), status: Type.String() }));
export const readTrash: Reader<readonly Trashed[]> = reader(Trash, (trash) =>
  trash.map(({ id, name, status }) => ({ id, name, until: untilOf(status) })),
);

/** `protected until Sun Nov 22 11:47:57 2026`, or `expired at …`; in UTC, as we run the program. */
function untilOf(status: string): string {
  const time = /^(?:protected until|expired at) \w{3} (\w{3} +\d+ [\d:]{8} \d{4})$/.exec(status)?.[1];
  const ms = Date.parse(`${time ?? ''} UTC`);
  if (Number.isNaN(ms)) throw new RangeError(`${JSON.stringify(status)} tells no time`);
  return new Date(ms).toISOString();
}

const Blocklist = Type.Array(Type.Array(Type.Object({ addr: Type.String() })), { minItems: 1 });
const readBlocklists = reader(Blocklist, (lists) => lists.flat().map(({ addr }) => entryOf(addr)));
/** Two arrays one after the other, clients and ranges of addresses. */
export const readBlocklist: Reader<readonly string[]> = (object, text) =>
  readBlocklists(object, `[${text.replace(/\]\s*\[/g, '],[')}]`);

/** A whole host is listed as port 0, nonce 0. */
function entryOf(address: string): string {
  return address.replace(/:0\/0$/, '').replace(/^\[(.*)\]$/, '$1');
}

const Usage = Type.Object({
  pools: Type.Array(
    Type.Object({
      name: Type.String(),
      id: Type.Integer(),
      stats: Type.Object({
        stored: Type.Integer(),
        objects: Type.Integer(),
        bytes_used: Type.Integer(),
        percent_used: Type.Number(),
        max_avail: Type.Integer(),
      }),
    }),
  ),
});
export const readPools: Reader<readonly Pool[]> = reader(Usage, ({ pools }) =>
  pools.map(({ name, id, stats }) => ({
    name,
    id,
    storedBytes: stats.stored,
    usedBytes: stats.bytes_used,
    freeBytes: stats.max_avail,
    objects: stats.objects,
    // A fraction, whatever it is called.
    usedFraction: stats.percent_used,
  })),
);

/** Health is handed on as it is: that it is a document of Ceph's is all that is looked at. */
export const readHealth = reader(Type.Object({ status: Type.String() }), (_, text) => text.trim());

function reader<S extends TSchema, T>(schema: S, read: (value: Static<S>, text: string) => T): Reader<T> {
  const validator = Compile(schema);
  return (object, text) => {
    try {
      const value: unknown = JSON.parse(text);
      if (validator.Check(value)) return read(value, text);
      const [first] = validator.Errors(value);
      throw new TypeError(`${first?.instancePath ?? ''} ${first?.message ?? 'is wrong'}`);
    } catch (error) {
      const reason = `its answer cannot be read: ${messageOf(error).slice(0, 200)}`;
      const remedy = 'check the version of Ceph on this node; nothing was concluded from the answer';
      throw new DroverError('STORAGE_UNREACHABLE', { object, reason, remedy }, error);
    }
  };
}
