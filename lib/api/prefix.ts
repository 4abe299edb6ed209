/** Below this all routes are. */
export const PREFIX = '/api/v1';

/** The version that PVC's API says of itself, and ours with it. */
export const VERSION_OF_API = '1.0';
