import { Type } from 'typebox';
import { taskArguments } from './form.js';

export const ReportTestArguments = taskArguments(
  'report.test',
  'Sends a report of nothing by every way of the configuration, whatever it is sent for otherwise.',
  {
    email_recipients: Type.Optional(
      Type.Array(Type.String({ minLength: 3, maxLength: 254 }), { description: 'Get the mail too.' }),
    ),
  },
);
