import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { type ConfigDocument, configSchema, type Partly } from '../../schemas/config.js';
import { didYouMean, keyText, sentenceList } from '../text/index.js';
import { type Complaint, type Path, shown } from './complaint.js';

export interface Validated {
  readonly complaints: readonly Complaint[];
  /** The document with its defaults, and without what was complained about. */
  readonly sound: Partly<ConfigDocument>;
}

const ajv = new Ajv2020({ allErrors: true, verbose: true, useDefaults: true, strict: true });
const check = ajv.compile(configSchema);

/** Compares a document with the schema: everything that is wrong at once. Fills defaults into a copy of it. */
export function validate(value: unknown): Validated {
  const document: unknown = structuredClone(value);
  if (check(document)) return { complaints: [], sound: document };
  const complaints = new Map<string, Complaint>();
  for (const error of check.errors ?? []) {
    const complaint = complaintOf(error, pathOf(error.instancePath, document));
    if (complaint === undefined) continue;
    const key = keyText(complaint.path);
    if (!complaints.has(key)) complaints.set(key, complaint);
  }
  const sound = [...complaints.values()].reduce((rest, { path }) => without(rest, path), document);
  return {
    complaints: [...complaints.values()],
    sound: isRecord(sound) ? sound : {},
  };
}

/** What the schema says of one key: the part of JSON Schema that ours uses. */
interface Shape {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly examples?: readonly unknown[];
  readonly writeOnly?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly propertyNames?: Shape;
}

function complaintOf(error: ErrorObject, path: Path): Complaint | undefined {
  const shape = error.parentSchema as Shape;
  const params = error.params as Readonly<Record<string, unknown>>;
  const at = 'value' as const;
  const value = shape.writeOnly === true ? 'the value' : shown(error.data);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey([...path, String(params['additionalProperty'])], Object.keys(shape.properties ?? {}));
    case 'required': {
      const missing = String(params['missingProperty']);
      const wanted = shape.properties?.[missing] ?? {};
      return {
        path: [...path, missing],
        at: 'key',
        reason: 'it is missing',
        remedy: `add \`${missing}\`: ${lower(wanted.description)}`,
      };
    }
    case 'propertyNames': {
      const name = String(params['propertyName']);
      const names = shape.propertyNames ?? {};
      return {
        path: [...path, name],
        at: 'key',
        reason: `"${name}" is not ${names.title ?? 'allowed'}`,
        remedy: expected(names),
      };
    }
    case 'type':
      return { path, at, reason: `this is ${kindOf(error.data)}`, remedy: retype(error.data, shape) };
    case 'enum':
      return { path, at, reason: `${value} is not known here`, remedy: expected(shape, error.data) };
    case 'minimum':
    case 'maximum':
      return { path, at, reason: `${value} is out of bounds`, remedy: expected(shape) };
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return { path, at, reason: 'it is empty', remedy: expected(shape) };
    case 'uniqueItems': {
      const repeated = Number(params['i']);
      return {
        path: [...path, repeated],
        at,
        reason: 'the same entry stands twice',
        remedy: 'keep one of the two',
      };
    }
    case 'pattern':
      // The pattern of a name of a key is told as `propertyNames`.
      if (error.propertyName !== undefined) return undefined;
      return {
        path,
        at,
        reason: `${value} is not ${shape.title ?? 'of the right form'}`,
        remedy: expected(shape),
      };
    default:
      return { path, at, reason: `it breaks the rule "${error.keyword}"`, remedy: expected(shape) };
  }
}

function unknownKey(path: Path, known: readonly string[]): Complaint {
  const near = didYouMean(String(path.at(-1)), known);
  const remedy = near === undefined ? `the keys here are ${sentenceList(known)}` : `did you mean "${near}"?`;
  return { path, at: 'key', reason: 'there is no such key', remedy };
}

/** What to write instead. */
function expected(shape: Shape, instead?: unknown): string {
  if (shape.enum !== undefined) {
    const near = typeof instead === 'string' ? didYouMean(instead, shape.enum) : undefined;
    return near === undefined ? `write ${sentenceList(shape.enum, 'or')}` : `did you mean "${near}"?`;
  }
  const examples = (shape.examples ?? []).map(String);
  const such = examples.length > 0 ? `, such as ${sentenceList(examples, 'or')}` : '';
  switch (shape.type) {
    case 'integer':
      return `write a whole number from ${shape.minimum ?? 0} to ${shape.maximum ?? 'any'}`;
    case 'boolean':
      return 'write true or false';
    case 'array':
      return 'write a list with at least one entry';
    case 'object':
      return shape.properties === undefined
        ? 'write at least one name with its value under it'
        : `write a section: its keys are ${sentenceList(Object.keys(shape.properties))}`;
    default:
      return `write ${shape.title ?? 'text'}${such}`;
  }
}

/** The remedy for a value of the wrong kind; a number where text belongs most likely lacks a unit or quotes. */
function retype(data: unknown, shape: Shape): string {
  if (shape.type === 'string' && typeof data === 'number') {
    return shape.title === 'text' ? 'put it in quotes' : expected(shape);
  }
  return shape.type === 'array' ? 'write a list, each entry behind "- "' : expected(shape);
}

function kindOf(data: unknown): string {
  if (data === null) return 'nothing';
  if (Array.isArray(data)) return 'a list';
  switch (typeof data) {
    case 'string':
      return 'text';
    case 'number':
      return Number.isInteger(data) ? 'a bare number' : 'a fraction';
    case 'boolean':
      return 'a boolean';
    default:
      return 'a section';
  }
}

function lower(sentence = 'a value'): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON pointer into `document` as a path: a number where there is a list. */
function pathOf(pointer: string, document: unknown): Path {
  const path: (string | number)[] = [];
  let inner: unknown = document;
  for (const escaped of pointer.split('/').slice(1)) {
    const part = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(inner) ? Number(part) : part);
    inner = isRecord(inner)
      ? inner[part]
      : Array.isArray(inner)
        ? (inner[Number(part)] as unknown)
        : undefined;
  }
  return path;
}

/** The value without what stands at `path`; in a list its place stays, empty, so that other paths keep their meaning. */
function without(value: unknown, path: Path): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return undefined;
  if (Array.isArray(value)) {
    return value.map((entry: unknown, index) => (index === part ? without(entry, rest) : entry));
  }
  if (!isRecord(value)) return value;
  const { [part]: inner, ...others } = value;
  if (inner === undefined || rest.length === 0) return others;
  return { ...others, [part]: without(inner, rest) };
}
