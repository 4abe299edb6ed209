/** Other clusters, by HTTP. */
export { HttpPeer } from './http-peer.js';
export { type PeerAddress, PeerHttp, type PeerRequest } from './peer-http.js';
