/**
 * Two network namespaces joined by one virtual cable, so that what servers and clients send each other is counted and nothing
 * else: not a database's connection, not the traffic of other programs. Needs root and iproute2.
 */
import { execFileSync } from 'node:child_process';

const SERVER = { namespace: 'fedseal-bench-server', cable: 'fsb-server', address: '10.99.77.1' };
const CLIENTS = { namespace: 'fedseal-bench-clients', cable: 'fsb-clients', address: '10.99.77.2' };

const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });

/** @returns {{address: string, inServer: string[], inClients: string[], close: () => void}} */
export function openNetwork() {
  closeNetwork();
  for (const { namespace } of [SERVER, CLIENTS]) ip('netns', 'add', namespace);
  ip('link', 'add', SERVER.cable, 'netns', SERVER.namespace, 'type', 'veth', 'peer', 'name', CLIENTS.cable, 'netns', CLIENTS.namespace);
  for (const { namespace, cable, address } of [SERVER, CLIENTS]) {
    ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', cable);
    ip('-n', namespace, 'link', 'set', cable, 'up');
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  return {
    address: SERVER.address,
    inServer: ['ip', 'netns', 'exec', SERVER.namespace],
    inClients: ['ip', 'netns', 'exec', CLIENTS.namespace],
    close: closeNetwork,
  };
}

function closeNetwork() {
  for (const { namespace } of [SERVER, CLIENTS]) {
    try {
      ip('netns', 'del', namespace);
    } catch {
      // It was not there.
    }
  }
}
