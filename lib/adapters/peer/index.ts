/** Other clusters, by HTTP. */
export { HttpPeer, type PeerAddress } from './http-peer.js';
