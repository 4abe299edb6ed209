import type { RunSummary } from '../task/index.js';

export function hasFailed({ lines }: RunSummary): boolean {
  return lines.some(({ ok }) => !ok);
}

/** The subject of a mail: one line, whatever the names in it hold. */
export function subjectOf(summary: RunSummary): string {
  const bad = summary.lines.filter(({ ok }) => !ok).length;
  const how = bad === 0 ? `${summary.lines.length} done` : `${bad} of ${summary.lines.length} failed`;
  return oneLine(`${summary.what} of cluster ${summary.cluster}: ${how}`, 200);
}

/** The text of a mail: the failures first. */
export function textOf(summary: RunSummary): string {
  const { what, cluster, task, startedAt, endedAt, lines } = summary;
  const seconds = Math.round((endedAt - startedAt) / 1000);
  const begun = new Date(startedAt).toISOString();
  const head = `${what} of cluster ${oneLine(cluster, 100)} began ${begun} and took ${seconds} s (task ${task}).`;
  const rows = [...lines]
    .sort((one, other) => Number(one.ok) - Number(other.ok))
    .map(({ object, ok, text, ms, bytes }) => {
      const figures = ok ? `${bytes} bytes in ${(ms / 1000).toFixed(1)} s: ` : '';
      return `  ${ok ? 'done  ' : 'FAILED'}  ${oneLine(object, 200)}: ${figures}${oneLine(text, 1000)}`;
    });
  return `${[head, '', ...(rows.length === 0 ? ['  There was nothing to do.'] : rows)].join('\n')}\n`;
}

/** The same for programs. */
export function bodyOf(summary: RunSummary): Readonly<Record<string, unknown>> {
  return { v: 1, ...summary, ok: !hasFailed(summary), text: subjectOf(summary) };
}

function oneLine(text: string, most: number): string {
  return text.replace(/[\p{C}\s]+/gu, ' ').slice(0, most);
}
