import { DOMParser, type Document, type Element, type Node, XMLSerializer } from '@xmldom/xmldom';

const ELEMENT = 1;
const TEXT = 3;
const CDATA = 4;
const INSTRUCTION = 7;

/** The root of a definition, or undefined when it is not well-formed. Texts stay texts: the name `007` is no number. */
export function parseXml(text: string): Element | undefined {
  try {
    return documentOf(text).documentElement ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * The text after `edit` has changed what it parses to, in the same order and with all its comments; undefined when it is
 * not well-formed.
 */
export function editXml(text: string, edit: (root: Element) => void): string | undefined {
  const root = parseXml(text);
  if (root === undefined) return undefined;
  edit(root);
  return new XMLSerializer().serializeToString(root.ownerDocument ?? root);
}

function documentOf(text: string): Document {
  const parser = new DOMParser({
    locator: false,
    onError: (level, message) => {
      if (level !== 'warning') throw new SyntaxError(message);
    },
  });
  return parser.parseFromString(text, 'text/xml');
}

/** The child elements, in their order; only those named `name` when it is given. */
export function elements(of: Element | undefined, name?: string): Element[] {
  return of === undefined
    ? []
    : (nodes(of).filter((node) => isElement(node) && (name ?? node.nodeName) === node.nodeName) as Element[]);
}

/** The first element that is reached by these names, one below the other. */
export function element(of: Element | undefined, ...names: readonly string[]): Element | undefined {
  return names.reduce<Element | undefined>((at, name) => elements(at, name)[0], of);
}

/** The text in an element, without the spaces around it; empty when there is no such element. */
export function textIn(of: Element | undefined): string {
  return of?.textContent?.trim() ?? '';
}

/** An attribute, or undefined when there is none. */
export function attribute(of: Element | undefined, name: string): string | undefined {
  return of?.getAttribute(name) ?? undefined;
}

/**
 * The definition on one line without double quotes, as PVC's clients know it: layout and what stands around the root
 * are dropped. A double quote that is content becomes a reference, so that what is parsed again is the same.
 * Text that is not well-formed is given as it is, with single quotes.
 */
export function singleQuoted(text: string): string {
  const root = parseXml(text);
  return root === undefined ? text.replaceAll('"', "'") : printed(root);
}

function printed(node: Node): string {
  switch (node.nodeType) {
    case ELEMENT:
      return printedElement(node as Element);
    case TEXT:
      return (node.nodeValue ?? '').trim() === '' ? '' : escaped(node.nodeValue ?? '');
    case CDATA:
      return escaped(node.nodeValue ?? '');
    case INSTRUCTION:
      return `<?${node.nodeName} ${(node.nodeValue ?? '').replaceAll('"', "'")}?>`;
    default:
      return `<!--${(node.nodeValue ?? '').replaceAll('"', "'")}-->`;
  }
}

function printedElement(of: Element): string {
  const attributes = Array.from(of.attributes)
    .map(
      ({ name, value }) => ` ${name}='${escaped(value).replaceAll("'", '&apos;').replaceAll('\n', '&#10;')}'`,
    )
    .join('');
  const content = nodes(of).map(printed).join('');
  return content === ''
    ? `<${of.nodeName}${attributes}/>`
    : `<${of.nodeName}${attributes}>${content}</${of.nodeName}>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function nodes(of: Element): Node[] {
  return Array.from(of.childNodes);
}

function isElement(node: Node): node is Element {
  return node.nodeType === ELEMENT;
}
