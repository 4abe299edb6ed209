import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

void t.test('every fault in docs/zookeeper.md has a test, and every such test a row', (t) => {
  const rows = readFileSync('docs/zookeeper.md', 'utf8').matchAll(/^\| (zk-\d+) \|/gm);
  const titles = ['test/zookeeper', 'test/unit/adapters/zookeeper']
    .flatMap((folder) => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')))
    .flatMap((source) => [...source.matchAll(/t\.test\(\s*'(zk-\d+):/g)]);
  const ids = (matches: Iterable<RegExpExecArray>) =>
    [...new Set([...matches].map((match) => match[1]))].sort();
  t.equal(ids(titles).length, 16);
  t.same(ids(rows), ids(titles));
  t.end();
});
