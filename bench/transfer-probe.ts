/**
 * Runs on a node of a sandbox and times one thing from within, so that the way into the sandbox is not in the figure:
 * `transfer-probe.js raw SCRIPT`, or `transfer-probe.js task API TOKEN PATH ARGS`, where ARGS is a query. Prints one line of
 * JSON: how long it took in milliseconds, and what the task says of itself.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 100;

interface Task {
  readonly state: string;
  readonly status: string;
  readonly result?: unknown;
}

async function raw(script: string): Promise<object> {
  const began = performance.now();
  const child = spawn('bash', ['-o', 'pipefail', '-c', script], { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${script} ended with ${String(code)}`);
  return { ms: performance.now() - began };
}

async function task(api: string, token: string, path: string, args: string): Promise<object> {
  const headers = { 'x-api-key': token };
  const ask = async <T>(url: string, body?: URLSearchParams): Promise<T> => {
    const sent = body === undefined ? {} : { method: 'POST', body };
    const answer = await fetch(api + url, { ...sent, headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  };
  const began = performance.now();
  const { task_id: id } = await ask<{ task_id: string }>(path, new URLSearchParams(args));
  for (;;) {
    const { state, status, result } = await ask<Task>(`/tasks/${id}`);
    if (state === 'SUCCESS') return { ms: performance.now() - began, result };
    if (state !== 'PENDING' && state !== 'RUNNING') throw new Error(`${path}: ${state} ${status}`);
    await sleep(LOOK_MS);
  }
}

const [mode = '', ...words] = process.argv.slice(2);
const [first = '', token = '', path = '', args = ''] = words;
console.log(JSON.stringify(mode === 'raw' ? await raw(first) : await task(first, token, path, args)));
