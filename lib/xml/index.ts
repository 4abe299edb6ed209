/** XML as libvirt's definitions need it: order, comments and texts stay what they are. */
export { attribute, editXml, element, elements, parseXml, singleQuoted, textIn } from './xml.js';
