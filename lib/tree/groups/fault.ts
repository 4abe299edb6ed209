import { EMPTY, INTEGER, oneOf, TEXT, unset } from '../codec.js';
import { LOCAL_TIME } from '../forms.js';
import { group, key, must } from '../group.js';

export const FAULT = group(
  '/faults/{fault}',
  {
    self: key('', EMPTY),
    firstTime: key('/first_time', unset(LOCAL_TIME)),
    lastTime: key('/last_time', unset(LOCAL_TIME)),
    acknowledgedTime: key('/ack_time', unset(LOCAL_TIME)),
    status: must('/status', oneOf('new', 'ack')),
    delta: must('/delta', INTEGER),
    message: key('/message', TEXT),
  },
  {},
);

export const LOG = group('/logs/{node}', { self: key('', EMPTY), messages: key('/messages', TEXT) }, {});
