import { Type } from 'typebox';
import { taskArguments } from './form.js';

export const ProbeArguments = taskArguments(
  'task.probe',
  'Does nothing, visibly: shows that requests are taken, watched and cancelled.',
  {
    seconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 3600, description: 'How long. Default: 0.' })),
    fail: Type.Optional(Type.String({ maxLength: 200, description: 'Ends failed, for this reason.' })),
  },
);
