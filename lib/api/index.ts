/** The HTTP API: routes → use cases, and what they show of the store. */
export { type ApiOptions, createApi } from './api.js';
export { fuzzyPattern } from './pattern.js';
export { type ApiSettings, type ApiToken, type Caller, type Scope, SCOPES } from './settings.js';
