import { readFileSync } from 'node:fs';
import t from 'tap';
import { pvcKeyTable, referenceTable } from '../../../lib/config/index.js';

const DOC = readFileSync('docs/configuration.md', 'utf8');

/** The text between two markers of the document. */
function between(name: string): string {
  return new RegExp(`<!-- ${name} -->\n\n([^]*?)\n\n<!-- end of ${name} -->`).exec(DOC)?.[1] ?? '';
}

void t.test('the reference is what `drover config keys` prints', (t) => {
  t.equal(between('keys'), referenceTable(), 'run: node dist/cli/main.js config keys');
  t.end();
});

void t.test('the table of pvc.conf is what `drover config keys --pvc` prints', (t) => {
  t.equal(between('keys of pvc.conf'), pvcKeyTable(), 'run: node dist/cli/main.js config keys --pvc');
  t.end();
});

void t.test('the example in the document is the example file', (t) => {
  t.ok(DOC.includes(`\`\`\`yaml\n${readFileSync('docs/examples/drover.yaml', 'utf8')}\`\`\``));
  t.end();
});
