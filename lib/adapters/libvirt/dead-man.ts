import type { HypervisorCall } from '../../ports/index.js';
import { checkedUuid, type Virsh } from './virsh.js';

/**
 * Words `$1`: seconds; the rest: the command. In a session of its own, so that it neither dies with its parent nor with the
 * group of this process; `tail` ends with the process that asked. Printed is the number of its process group.
 */
const SCRIPT = `
limit=$1; shift
setsid sh -c 'limit=$1; parent=$2; shift 2; timeout "$limit" tail --pid="$parent" -s 0.1 -f /dev/null; exec "$@"' \
  dead-man "$limit" "$PPID" "$@" </dev/null >/dev/null 2>&1 &
echo $!
`;

const COMMANDS = { resume: 'resume', thaw: 'domfsthaw' } as const;

/** Starts what lets a domain go on when this process cannot. */
export async function armDeadMan(
  virsh: Virsh,
  {
    uuid,
    how,
    limitMs,
  }: { readonly uuid: string; readonly how: keyof typeof COMMANDS; readonly limitMs: number },
  options: HypervisorCall = {},
): Promise<{ readonly release: () => Promise<void> }> {
  const { program, args } = virsh.command([COMMANDS[how], checkedUuid(uuid)]);
  const seconds = String(Math.max(1, Math.ceil(limitMs / 1_000)));
  const script = { program: 'sh', args: ['-c', SCRIPT, 'sh', seconds, program, ...args] };
  const { stdout } = await virsh.processes.run(script, options.signal);
  const group = stdout.trim();
  return {
    release: async () => {
      // Over already is fine: what it does is right at any time.
      await virsh.processes.run({ program: 'kill', args: ['-KILL', '--', `-${group}`], okCodes: [0, 1] });
    },
  };
}
