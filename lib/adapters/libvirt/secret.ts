import { DroverError } from '../../core/index.js';
import type { CephSecret, HypervisorCall } from '../../ports/index.js';
import { refusedWith } from './failures.js';
import { checkedUuid, type Virsh } from './virsh.js';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Defines the secret when libvirt does not know it, and gives it its key. Ours is kept in libvirtd's memory alone. One that
 * somebody else has defined stays defined as it is: libvirt takes no other definition under the same UUID.
 */
export async function setCephSecret(
  virsh: Virsh,
  { uuid, key }: CephSecret,
  options?: HypervisorCall,
): Promise<void> {
  const object = `secret ${checkedUuid(uuid, 'secret')}`;
  if (!BASE64.test(key)) throw new DroverError('BAD_INPUT', { object, reason: 'its key is not base64' });
  const known = await definition(virsh, object, uuid, options);
  if (known === undefined)
    await virsh.run(object, ['secret-define', '/dev/stdin'], { ...options, input: definitionOf(uuid) });
  else if (!/<usage type='ceph'/.test(known))
    throw new DroverError('HYPERVISOR_REFUSED', {
      object,
      reason: 'libvirt has a secret of another kind under this UUID',
      remedy:
        'name another UUID by ceph.secret_uuid and in the disks, or undefine that secret (virsh secret-undefine)',
    });
  // By a pipe: a command line can be read by everybody on the node.
  const words = ['secret-set-value', uuid, '--file', '/dev/stdin'];
  await virsh.run(object, words, { ...options, input: key });
}

/** Its XML, or undefined when libvirt knows no such secret. */
async function definition(
  virsh: Virsh,
  object: string,
  uuid: string,
  options: HypervisorCall | undefined,
): Promise<string | undefined> {
  try {
    return await virsh.run(object, ['secret-dumpxml', uuid], options);
  } catch (error) {
    if (refusedWith(error, /no secret with matching uuid/)) return undefined;
    throw error;
  }
}

/** The usage is one of its own: libvirt takes no second secret with the same. */
function definitionOf(uuid: string): string {
  return `<secret ephemeral='yes' private='yes'>
  <uuid>${uuid}</uuid>
  <description>Key of the storage, set by Drover</description>
  <usage type='ceph'><name>drover ${uuid}</name></usage>
</secret>
`;
}
