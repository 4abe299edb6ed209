/** What may happen to a simulated cluster: wishes of operators, and faults. As a scenario's file and a failing seed show it. */
export type Command =
  /** The keys of a VM with these values, in one transaction, as any program writes them. */
  | {
      readonly do: 'wish';
      readonly vm: string;
      readonly state?: string;
      readonly node?: string;
      readonly last?: string;
    }
  /** All keys of a VM that is not defined yet. */
  | { readonly do: 'define'; readonly vm: string; readonly node: string; readonly method?: string }
  /** Deletes all keys of a VM, as PVC's tools do. */
  | { readonly do: 'undefine'; readonly vm: string }
  /** Any key, whatever it holds. */
  | { readonly do: 'write'; readonly path: string; readonly text: string }
  | { readonly do: 'flush' | 'unflush'; readonly node: string }
  /** The daemon dies; `start` begins the next one. */
  | { readonly do: 'kill' | 'start'; readonly node: string }
  /** The daemon dies at this cut of a step, the next time that it comes by, and begins again two seconds later. */
  | { readonly do: 'kill-at'; readonly node: string; readonly point: string }
  | { readonly do: 'power-off' | 'power-on'; readonly node: string }
  | { readonly do: 'libvirt-stop' | 'libvirt-start' | 'libvirt-hang'; readonly node: string }
  /** The next create there is refused. */
  | { readonly do: 'refuse-create'; readonly node: string }
  | { readonly do: 'guest-off' | 'guest-crash' | 'guest-io-error' | 'guest-ignores'; readonly vm: string }
  /** Its migration, once it is under way, moves no more bytes; or does again. */
  | { readonly do: 'migration-stalls' | 'migration-goes-on'; readonly vm: string }
  /** libvirt refuses, once, to ask a guest there to power off. */
  | { readonly do: 'refuse-shutdown'; readonly node: string }
  /** Somebody destroys it past Drover. */
  | { readonly do: 'virsh-destroy'; readonly vm: string }
  | { readonly do: 'store-stop' | 'store-start' }
  | { readonly do: 'expire'; readonly node: string }
  | { readonly do: 'wait'; readonly ms: number }
  /** Time passes until it is so: the VM runs on this node, or nowhere. */
  | { readonly do: 'until'; readonly vm: string; readonly runs?: string; readonly state?: string };

/** A command as a line. */
export function lineOf(command: Command): string {
  const { do: verb, ...rest } = command;
  return [verb, ...Object.entries(rest).map(([name, value]) => `${name}=${String(value)}`)].join(' ');
}
