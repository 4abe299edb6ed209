import type { ImageName } from '../ports/index.js';

/** How the images begin that are being made: they get their name when they are whole. */
const STAGE = 'drover-stage-';

/** The name of what an attempt makes, before it is whole. */
export function stageName(task: string, attempt: number): string {
  return `${STAGE}${task}-${attempt}`;
}

/** The task that makes the image of this name, or undefined for any other image. */
export function taskOfStage(name: string): string | undefined {
  return /^drover-stage-(.+)-\d+$/.exec(name)?.[1];
}

/** The attempt that made it. */
export function attemptOfStage(name: string): number {
  return Number(/\d+$/.exec(name)?.[0]);
}

export function isStage(name: string): boolean {
  return taskOfStage(name) !== undefined;
}

/** `volume 'vms/web_sda'`, for messages. */
export function volumeLabel({ pool, name }: ImageName): string {
  return `volume '${pool}/${name}'`;
}
