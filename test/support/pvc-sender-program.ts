/**
 * A cluster of PVC that sends, as a program inside a sandbox: a script on stdin, and on stdout what each snapshot that it sent
 * holds, by its SHA-256.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { PvcSender, SentDisk } from './pvc-sender.js';

export interface SenderScript {
  readonly uri: string;
  readonly key: string;
  readonly vm: { readonly name: string; readonly uuid: string; readonly xml: string; readonly state: string };
  /** `pool/volume` → bytes, or a file with what it holds. */
  readonly disks: Readonly<Record<string, number | string>>;
  readonly steps: readonly SenderStep[];
}

export type SenderStep =
  /** An object of a disk is filled with one byte, or discarded. */
  | { readonly set: string; readonly object: number; readonly fill?: number }
  /** A snapshot is taken here alone: it was sent by an earlier run. */
  | { readonly take: string; readonly at: number }
  /** A snapshot, and its way there; broken off after so many bytes of one body. */
  | { readonly create: string; readonly at: number; readonly cut?: number }
  | { readonly promote: string; readonly at: number };

export interface SenderAnswer {
  /** `pool/volume@snapshot` → SHA-256. */
  readonly sums: Readonly<Record<string, string>>;
  readonly failures: readonly string[];
  readonly calls: readonly string[];
}

const OBJECT = 4 * 1024 ** 2;
const script = JSON.parse(await text(process.stdin)) as SenderScript;
const disks = Object.entries(script.disks).map(([name, holds]) => {
  if (typeof holds === 'number') return new SentDisk(name, holds);
  const image = readFileSync(holds);
  const disk = new SentDisk(name, image.length);
  for (let at = 0; at < image.length; at += OBJECT) {
    const object = image.subarray(at, at + OBJECT);
    if (object.some((byte) => byte !== 0)) disk.objects.set(at / OBJECT, object);
  }
  return disk;
});
const sender = new PvcSender(script.uri, script.key, { ...script.vm }, disks);
const sums: Record<string, string> = {};
const failures: string[] = [];
for (const step of script.steps) {
  if ('set' in step) disks.find(({ name }) => name === step.set)?.set(step.object, step.fill);
  else if ('take' in step) sender.take(step.take, step.at);
  else if ('promote' in step) {
    await sender.promote(step.promote, step.at);
    summed(step.promote);
  } else {
    const { cut } = step;
    sender.cut = (call, sent) => {
      if (cut !== undefined && call === 'body' && sent >= cut) throw new Error(`cut after ${sent} bytes`);
    };
    await sender.create(step.create, step.at).catch((error: unknown) => {
      failures.push(error instanceof Error ? error.message : String(error));
    });
    summed(step.create);
  }
}
const answer: SenderAnswer = { sums, failures, calls: sender.calls };
process.stdout.write(JSON.stringify(answer));

function summed(snapshot: string): void {
  for (const disk of disks)
    // One that was refused at once was not even taken.
    if (disk.snapshots.has(snapshot))
      sums[`${disk.name}@${snapshot}`] = createHash('sha256').update(disk.image(snapshot)).digest('hex');
}
