/** A run → one summary → mail, webhook, ping. Page: docs/reports.md. */
export { mailbox, report, type ReportSettings, type ReportWorld } from './report.js';
export { bodyOf, hasFailed, subjectOf, textOf } from './summary.js';
export { reportTestTask } from './test-task.js';
