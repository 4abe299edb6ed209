import { LibvirtHypervisor } from '../../../../lib/adapters/libvirt/index.js';
import type { Command } from '../../../../lib/ports/index.js';
import { SimClock } from '../../../../lib/sim/index.js';
import { type Answer, ScriptedProcesses } from '../../../support/scripted-processes.js';

export interface Case {
  readonly hypervisor: LibvirtHypervisor;
  readonly processes: ScriptedProcesses;
  readonly clock: SimClock;
  /** What was run, without `-q -c URI`. */
  readonly told: () => string[];
}

/** Answers by the first word of the command whose first word begins with that of an answer. */
export function withAnswers(
  answers: Readonly<Record<string, Answer | ((command: Command, signal?: AbortSignal) => Promise<Answer>)>>,
): Case {
  const clock = new SimClock();
  const processes = new ScriptedProcesses((command, signal) => {
    const words = command.args.slice(command.args.lastIndexOf('-c') + 2);
    const answer = answers[words[0]?.split(/[ ;]/)[0] ?? ''];
    if (answer === undefined) throw new Error(`nothing is recorded for ${command.args.join(' ')}`);
    return typeof answer === 'function' ? answer(command, signal) : answer;
  });
  const told = () => processes.commands.map(({ args }) => args.slice(args.lastIndexOf('-c') + 2).join(' '));
  return { hypervisor: new LibvirtHypervisor({ processes, clock }), processes, clock, told };
}

export { failure } from '../../../support/failure.js';
