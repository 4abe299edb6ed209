import { configSchema } from '../../schemas/config.js';
import { PVC_KEYS } from '../pvc/index.js';

/** What the reference takes from a schema. */
interface Shape {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: boolean | Shape;
  readonly items?: Shape;
}

/** Every key of `drover.yaml` as a Markdown table: made from the schema, so that it cannot differ from it. */
export function referenceTable(): string {
  const schema: object = configSchema;
  const rows = keysOf(schema, '');
  return table(['Key', 'Value', 'Default', 'Meaning'], rows);
}

/** What becomes of every key of `pvc.conf`, as a Markdown table. */
export function pvcKeyTable(): string {
  const rows = PVC_KEYS.map((row) =>
    'why' in row
      ? [code(row.key), '–', `no effect: ${row.why}`]
      : [code(row.key), row.to.map(code).join(', '), row.but ?? ''],
  );
  return table(['Key of `pvc.conf`', 'Key here', 'What is different'], rows);
}

function keysOf(shape: Shape, above: string): string[][] {
  return Object.entries(shape.properties ?? {}).flatMap(([key, inner]) =>
    rowsOf(inner, above === '' ? key : `${above}.${key}`, shape.required?.includes(key) === true),
  );
}

function rowsOf(shape: Shape, path: string, required: boolean): string[][] {
  const row = [
    code(path),
    valueOf(shape),
    required ? '**required**' : defaultOf(shape),
    shape.description ?? '',
  ];
  const below = typeof shape.additionalProperties === 'object' ? shape.additionalProperties : undefined;
  const inner =
    below !== undefined
      ? nested(below, `${path}.NAME`)
      : shape.items !== undefined
        ? nested(shape.items, `${path}[]`)
        : keysOf(shape, path);
  return [row, ...inner];
}

/** What entries of a map or a list hold; a plain value needs no row of its own. */
function nested(shape: Shape, path: string): string[][] {
  return shape.properties === undefined ? [] : keysOf(shape, path);
}

function valueOf(shape: Shape): string {
  if (shape.enum !== undefined) return shape.enum.map(code).join(', ');
  switch (shape.type) {
    case 'integer':
      return `${shape.minimum ?? 0} to ${shape.maximum ?? 'any'}`;
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return `list: ${isPlain(shape.items) ? valueOf(shape.items) : 'entries'}`;
    case 'object':
      return typeof shape.additionalProperties === 'object' ? 'names and values' : 'section';
    default:
      return shape.title ?? 'text';
  }
}

function isPlain(shape: Shape | undefined): shape is Shape {
  return shape?.type !== 'array' && shape?.type !== 'object';
}

function defaultOf(shape: Shape): string {
  const value = shape.default;
  if (value === undefined || value === '') return '';
  if (Array.isArray(value)) return 'none';
  return typeof value === 'object' ? '' : code(JSON.stringify(value).replace(/^"|"$/g, ''));
}

const code = (text: string): string => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
