import { createHash } from 'node:crypto'

/**
 * Ranks nodes for a key by rendezvous hashing (highest random weight): every edge gives the same order without
 * talking to another, and a node that comes or goes changes only the keys that it had or gets.
 */
export function rankByRendezvous<Node extends string>(key: string, nodes: readonly Node[]): Node[] {
  return nodes
    .map((node) => ({ node, weight: createHash('sha256').update(`${key}\n${node}`).digest('hex') }))
    .toSorted((a, b) => (a.weight < b.weight ? 1 : a.weight > b.weight ? -1 : a.node < b.node ? -1 : 1))
    .map(({ node }) => node)
}
