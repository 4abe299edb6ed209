import type { Holder } from '../../schemas/index.js';
import type { Plan } from '../core/index.js';
import { planFree } from './plan-free.js';
import { planHeld } from './plan-held.js';
import type { VmFacts } from './facts.js';
import { rest, step } from './say.js';
import { isHere } from './sight.js';
import type { VmStep } from './steps.js';

/**
 * The first step that this node takes for this VM, or why none. Pure. Unknown never means destroy: only the wishes
 * *stop*, *delete* and the end of a graceful shutdown end a process.
 */
export function planVm(facts: VmFacts): Plan<VmStep> {
  if (!facts.trusted)
    return rest('the tree is not trusted, or of another schema: nothing starts and nothing ends');
  if (facts.problem !== undefined) return rest(`${facts.problem.path} cannot be read: the VM is left alone`);
  const former = formerBoot(facts);
  if (former !== undefined)
    return step(
      { kind: 'leave', why: { gone: 'boot', formerBoot: former.boot } },
      'this node has been started anew since it held the VM',
    );
  const mine = facts.run?.holders.find(
    (holder) => holder.node === facts.me.node && holder.boot === facts.me.boot,
  );
  const here = isHere(facts);
  if (mine !== undefined) return planHeld(facts, mine, here);
  if (here) return planFound(facts);
  return planFree(facts);
}

/** An entry of this node under an earlier boot: whatever it held went with the power. */
function formerBoot(facts: VmFacts): Holder | undefined {
  return facts.run?.holders.find((holder) => holder.node === facts.me.node && holder.boot !== facts.me.boot);
}

/** A process runs here and the run record does not say so: somebody else started it, or the record was lost. */
function planFound(facts: VmFacts): Plan<VmStep> {
  const [other] = facts.run?.holders ?? [];
  if (other !== undefined)
    return rest(`it runs here although ${other.node} holds it: end one of the two by hand`);
  return step({ kind: 'adopt' }, 'it runs here and nobody holds it');
}
