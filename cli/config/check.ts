import {
  type ConfigKind,
  controllerOf,
  loadConfiguration,
  type NodeIdentity,
  nodeOf,
  type Note,
  problemText,
  type Reading,
} from '../../lib/config/index.js';
import { counted } from '../../lib/text/index.js';
import { EXIT, type Exit, type World } from '../world.js';

export interface CheckOptions {
  readonly format: 'pretty' | 'json';
  readonly kind?: ConfigKind;
  readonly node?: string;
}

/** Prints what is wrong with `file` and what is good to know of it; the exit code says whether it can be used. */
export async function checkConfig(file: string, options: CheckOptions, world: World): Promise<Exit> {
  const reading = await loadConfiguration(world.files, file, options.kind);
  const node = options.node === undefined ? undefined : nodeIn(reading, options.node);
  world.out(options.format === 'json' ? json(file, reading, node) : pretty(file, reading, node));
  return reading.config === undefined ? EXIT.failed : EXIT.done;
}

interface NodeReport extends NodeIdentity {
  readonly controller: string | undefined;
}

function nodeIn({ config }: Reading, name: string): NodeReport | undefined {
  return config && { ...nodeOf(config, name), controller: controllerOf(config, name) };
}

function json(file: string, reading: Reading, node: NodeReport | undefined): string {
  const { kind, problems, notes, config } = reading;
  const report = { file, kind, valid: config !== undefined, problems, notes, ...(node && { node }) };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

const TITLES = {
  mapped: 'Taken over',
  none: 'Without effect',
  advice: 'Worth knowing',
} as const satisfies Record<Note['effect'], string>;

function pretty(file: string, reading: Reading, node: NodeReport | undefined): string {
  const parts = (['mapped', 'none', 'advice'] as const).flatMap((effect) => {
    const notes = reading.notes.filter((note) => note.effect === effect);
    return notes.length === 0 ? [] : [`${TITLES[effect]}\n${columns(notes.map(noteRow))}`];
  });
  if (node !== undefined) parts.push(`The node ${node.name}\n${columns(nodeRows(node))}`);
  if (reading.problems.length > 0) parts.push(reading.problems.map(problemText).join('\n'));
  const what = reading.kind === 'pvc' ? "read as PVC's pvc.conf" : 'read as drover.yaml';
  const sum = reading.problems.length === 0 ? 'no problems' : counted(reading.problems.length, 'problem');
  parts.push(`${file}: ${what}, ${sum}`);
  return `${parts.join('\n\n')}\n`;
}

function noteRow(note: Note): string[] {
  const where = `line ${note.line}`;
  return [where, note.key, note.effect === 'mapped' ? `→ ${note.text}` : note.text];
}

function nodeRows(node: NodeReport): string[][] {
  const unknown = `by its host name, ${node.name}`;
  return [
    ['role', node.coordinator ? 'coordinator' : 'hypervisor'],
    ['cluster address', node.addresses.cluster ?? unknown],
    ['migration address', node.addresses.migration ?? unknown],
    ['storage address', node.addresses.storage ?? unknown],
    ['controller', node.controller ?? 'none'],
  ];
}

/** Rows with their columns under each other, indented. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}
