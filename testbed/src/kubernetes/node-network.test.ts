/** No two nodes of this machine have an address, a network of pods or a cgroup in common, in whichever cluster they are. */
import { isIPv4 } from 'node:net';
import { expect, test } from 'vitest';
import { nodeNetwork, nodesMax } from './node-network.ts';

test('sixteen clusters of eight nodes have addresses and names of their own', () => {
  const nodes = Array.from({ length: 16 * nodesMax }, (_, at) =>
    nodeNetwork(Math.floor(at / nodesMax), (at % nodesMax) + 1),
  );
  for (const part of ['address', 'podsCidr', 'namespaceFile', 'cgroup'] as const) {
    expect(new Set(nodes.map((node) => node[part])).size).toBe(nodes.length);
  }
  expect(nodes.every(({ address, podsCidr }) => isIPv4(address) && isIPv4(podsCidr.replace('/24', '')))).toBe(true);
});
