import type { ImageName } from '../ports/index.js';
import { attribute, editXml, element, elements, parseXml } from '../xml/index.js';

/** The device that a volume is in a VM, as `vda`, by the VM's XML; undefined when it has none of it. */
export function targetOf(xml: string, { pool, name }: ImageName): string | undefined {
  const disk = elements(element(parseXml(xml), 'devices'), 'disk').find(
    (one) => imageIn(element(one, 'source')) === `${pool}/${name}`,
  );
  return attribute(element(disk, 'target'), 'dev');
}

/**
 * The XML with other names: of its RBD images (by `pool/name`), and of the VM itself. Undefined when it is not well-formed;
 * the same text when there is nothing to change.
 */
export function renamedXml(
  xml: string,
  images: ReadonlyMap<string, string>,
  vm?: string,
): string | undefined {
  const changes: string[] = [];
  const text = editXml(xml, (root) => {
    const name = element(root, 'name');
    if (vm !== undefined && name !== undefined && name.textContent !== vm) {
      name.textContent = vm;
      changes.push(vm);
    }
    for (const disk of elements(element(root, 'devices'), 'disk')) {
      const source = element(disk, 'source');
      const to = images.get(imageIn(source) ?? '');
      if (source === undefined || to === undefined) continue;
      source.setAttribute('name', to);
      changes.push(to);
    }
  });
  return text === undefined || changes.length > 0 ? text : xml;
}

function imageIn(source: Parameters<typeof attribute>[0]): string | undefined {
  return attribute(source, 'protocol') === 'rbd' ? attribute(source, 'name') : undefined;
}
