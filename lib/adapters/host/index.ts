export {
  Companion,
  type CompanionEnd,
  type CompanionOptions,
  principal,
  type Principal,
} from './companion.js';
export { HostClock } from './clock.js';
export { HostDirectories } from './directories.js';
export { HostFiles } from './files.js';
export { HostMailer, type SendmailSettings, type SmtpSettings } from './mailer.js';
export { HostProcesses } from './processes.js';
export { HostRandom } from './random.js';
export { type Environment, ServiceManager, type ServiceManagerOptions } from './service-manager.js';
