import t from 'tap';
import { editXml, element, parseXml, singleQuoted, textIn } from '../../../lib/xml/index.js';

void t.test('one line, single quotes, nothing lost that is content', (t) => {
  const xml = `<?xml version="1.0"?>
<!-- before -->
<domain type="kvm" xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">
  <title>5 &lt; 6 &amp; "so"</title>
  <!-- a "note" -->
  <metadata><x a="it's &quot;so&quot;"/></metadata>
  <description>two
lines</description><raw><![CDATA[<a>]]></raw>
  <qemu:commandline><qemu:arg value="-S"/></qemu:commandline>
</domain>`;
  const text = singleQuoted(xml);
  t.notMatch(text, /"/);
  t.equal(
    text,
    "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>" +
      '<title>5 &lt; 6 &amp; &quot;so&quot;</title>' +
      "<!-- a 'note' -->" +
      "<metadata><x a='it&apos;s &quot;so&quot;'/></metadata>" +
      '<description>two\nlines</description><raw>&lt;a&gt;</raw>' +
      "<qemu:commandline><qemu:arg value='-S'/></qemu:commandline></domain>",
  );
  const root = parseXml(text);
  t.equal(textIn(element(root, 'title')), '5 < 6 & "so"');
  t.equal(element(root, 'metadata', 'x')?.getAttribute('a'), `it's "so"`);
  t.equal(singleQuoted(text), text, 'again it is the same');
  t.end();
});

void t.test('text that is no XML is given as it is', (t) => {
  for (const text of ['', 'plain', '<a', '<a></b>', '<a b="1" b="2"/>', '<a>&nowhere;</a>'])
    t.equal(singleQuoted(text), text.replaceAll('"', "'"), text);
  t.end();
});

void t.test('changed in one place, all else stays in its place', (t) => {
  const xml = `<domain type="kvm"><!-- note --><name>007</name><raw><![CDATA[<a>]]></raw><x a="1 &lt; 2"/></domain>`;
  const changed = editXml(xml, (root) => {
    const name = element(root, 'name');
    if (name !== undefined) name.textContent = '<008>';
  });
  t.equal(changed, xml.replace('007', '&lt;008&gt;'));
  t.equal(
    editXml('<a', () => undefined),
    undefined,
    'what is no XML is not changed',
  );
  t.end();
});
