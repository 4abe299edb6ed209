import t from 'tap';
import { readCatalogue } from '../../../lib/backup/index.js';
import { MANIFEST, PVC_LIST } from '../../../lib/backup/names.js';
import { SimFiles } from '../../../lib/sim/index.js';
import { encodeDocument } from '../../../lib/tree/index.js';

const FOLDER = '/srv/backup/web';

/** The manifest of a full backup of one disk. */
function manifest(name: string, at: number): Uint8Array {
  const disk = { pool: 'vms', volume: 'web', imageId: 'a', snapshotId: '5', bytes: 1, fileBytes: 1 };
  return encodeDocument('backup-manifest', {
    cluster: 'east',
    vm: { uuid: '00000001-0000-4000-8000-000000000001', name: 'web' },
    ...{ name, at, endedAt: at, type: 'full', consistency: 'off', xml: '<domain/>', meta: { tags: [] } },
    disks: [{ ...disk, file: 'images/vms.web.rbdimg', sha256: 'a'.repeat(64) }],
  });
}

void t.test('M41: what cannot be read is told as strange, and hides none of the others', async (t) => {
  const files = new SimFiles();
  await files.replace(`${FOLDER}/ab1/${MANIFEST}`, manifest('ab1', 1));
  await files.replace(`${FOLDER}/ab2/${MANIFEST}`, manifest('ab2', 2).subarray(0, 100));
  await files.makeDirectory(`${FOLDER}/ab3/images`);
  await files.replace(`${FOLDER}/ab4/${MANIFEST}`, '');
  await files.replace(`${FOLDER}/ab5/${MANIFEST}`, manifest('ab5', 5));
  await files.replace(`${FOLDER}/${PVC_LIST}`, '{"tracked_backups": [{"type": "fu');
  const { entries, strange, parts, removed } = await readCatalogue({ files }, FOLDER);
  t.same(
    entries.map(({ name }) => name),
    ['ab1', 'ab5'],
  );
  t.match(entries[0]?.manifest, { vm: { name: 'web' }, type: 'full', disks: [{ volume: 'web' }] });
  t.same(
    strange.map(({ name }) => name),
    ['ab2', 'ab3', 'ab4'],
    'each with its reason',
  );
  t.match(strange, [
    { why: /^drover\.json is no manifest: text that is not JSON/ },
    { why: /^it has no drover\.json$/ },
    { why: /^drover\.json is no manifest/ },
  ]);
  t.same([...parts, ...removed], []);
});

void t.test('M41: a VM that was never backed up has an empty catalogue', async (t) => {
  const { entries, strange, parts, removed } = await readCatalogue({ files: new SimFiles() }, FOLDER);
  t.same([...entries, ...strange, ...parts, ...removed], []);
});
