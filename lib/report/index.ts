/** A run → one summary → mail, webhook, ping. Page: docs/reports.md. */
export { mailbox, report, type ReportSettings, type ReportWorld } from './report.js';
export { bodyOf, hasFailed, type RunLine, type RunSummary, subjectOf, textOf } from './summary.js';
export { reportTestTask } from './test-task.js';
