import type { Hypervisor } from '../lib/ports/index.js';

/** Every domain that libvirt lists, and every process that carries the UUID of one. */
export async function whatRunsHere(hypervisor: Hypervisor) {
  const [domains, processes] = await Promise.all([hypervisor.domains(), hypervisor.processes()]);
  const listed = domains
    .filter(({ state }) => state !== 'off')
    .map(({ uuid, state, reason }) => ({
      uuid,
      role: state === 'paused' && reason === 'migrating' ? ('incoming' as const) : ('run' as const),
      seen: 'libvirt' as const,
      state: `${state} (${reason})`,
    }));
  const unlisted = processes
    .filter(({ uuid }) => !listed.some((domain) => domain.uuid === uuid))
    .map(({ uuid }) => ({ uuid, role: 'run' as const, seen: 'process' as const }));
  return [...listed, ...unlisted];
}
