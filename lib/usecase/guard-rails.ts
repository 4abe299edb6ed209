import type { VM_WISHES } from '../../schemas/api.js';
import { DroverError } from '../core/index.js';
import type { VmState } from '../tree/index.js';

export type StateWish = (typeof VM_WISHES)[number];

/** A VM as the guard rails see it. */
export interface Guarded {
  readonly name: string;
  readonly state: VmState;
}

/** States in which a task is at work on the VM, with what it does. */
const IN_THE_MAKING: Partial<Record<VmState, string>> = {
  provision: 'it is being made',
  import: 'it is being imported',
  restore: 'it is being restored',
};

/**
 * The state to write so that the VM does what is wished, or undefined when that stands there already. REFUSED says why
 * not and what to do instead; `force` passes the guard rails that it may pass.
 */
export function stateFor(vm: Guarded, wish: StateWish, force: boolean): VmState | undefined {
  if (vm.state === wish) return undefined;
  if (vm.state === 'delete') throw refuse(vm, 'it is being removed', 'define it again once it is gone');
  if (wish === 'restart' || wish === 'shutdown') {
    if (vm.state === 'start') return wish;
    throw refuse(vm, `its state is ${vm.state}, and only a started VM can ${verbOf(wish)}`, remedyOf(vm));
  }
  if (!force) refuseInTheMaking(vm);
  if (vm.state === 'mirror' && !force)
    throw refuse(
      vm,
      `it is the copy of a mirror, and to ${wish} it here takes it out of the mirror`,
      wish === 'start'
        ? `${handOver(vm)}; or give force when its source is lost for good`
        : 'leave it as it is, or give force when the mirror is no longer wanted',
    );
  return wish;
}

/** Refuses what moves, changes or removes a copy that another cluster writes. `forcible`: whether force would pass. */
export function refuseMirror(vm: Guarded, what: string, { forcible = true } = {}): void {
  if (vm.state !== 'mirror') return;
  throw refuse(
    vm,
    `it is the copy of a mirror, and its source decides what becomes of it: to ${what} it here breaks the mirror`,
    `do it where the VM is active; or ${handOver(vm)}${forcible ? '; or give force' : ''}`,
  );
}

/** Refuses while a task is at work on the VM. */
export function refuseInTheMaking(vm: Guarded): void {
  const why = IN_THE_MAKING[vm.state];
  if (why !== undefined)
    throw refuse(vm, why, 'wait for its task to end; give force when there is none any more');
}

export function refuse({ name }: { readonly name: string }, reason: string, remedy?: string): DroverError {
  return new DroverError('REFUSED', {
    object: `VM '${name}'`,
    reason,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

function verbOf(wish: 'restart' | 'shutdown'): string {
  return wish === 'restart' ? 'be restarted' : 'be shut down';
}

/** What makes a copy the active one: a word to the cluster that has it now. */
export function handOver({ name }: { readonly name: string }): string {
  return `hand it over from the cluster that has it: drover vm mirror promote ${name}`;
}

function remedyOf({ name, state }: Guarded): string {
  return state === 'mirror' ? handOver({ name }) : `see: drover vm info ${name}`;
}
