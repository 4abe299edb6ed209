import { createHash } from 'node:crypto';

/** One mirror, or hand-over, of a VM at a time: two would only take each other's base away. */
export const MIRROR_SLOT = 'mirror';

const STAGE = 'drover-receive-';

/** What an image is called until the point that it comes with is complete. */
export function stageOf(receive: string, disk: number): string {
  return `${STAGE}${digest(receive)}-${disk}`;
}

/** Whether an image of this name is a stage of none of these receives. */
export function isStray(name: string, receives: Iterable<string>): boolean {
  if (!name.startsWith(STAGE)) return false;
  return ![...receives].some((id) => name.startsWith(`${STAGE}${digest(id)}-`));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
