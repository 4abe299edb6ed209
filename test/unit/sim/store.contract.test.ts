import t from 'tap';
import { storeContract } from '../../contract/store.js';
import { simStoreFixture } from '../../support/sim-store.js';

let seed = 0;
storeContract(t, () => Promise.resolve(simStoreFixture((seed += 1))));
