/**
 * Runs on a host of a sandbox, `sandbox-udp.js OWN_ADDRESS`: sends an IPC message `{from, text}` for each datagram that
 * comes, and the datagram `text` to `to` for each IPC message `{to, text}`.
 */
import { createSocket } from 'node:dgram';

const PORT = 9999;
const socket = createSocket('udp4');
socket.on('message', (data, { address }) => process.send?.({ from: address, text: data.toString() }));
process.on('message', ({ to, text }: { to: string; text: string }) => socket.send(text, PORT, to));
socket.bind(PORT, process.argv[2], () => process.send?.({ from: 'ready', text: '' }));
