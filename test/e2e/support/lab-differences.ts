/** Zones of the lab on which other resolvers do not say what kedge says; docs/lab.md tells why. */
export type LabResolver = 'kedge' | 'Unbound' | 'BIND' | 'Knot Resolver' | 'PowerDNS Recursor';

/** Names of zones, absolute. `port` is that of the lab's servers: 53, or a high one that only forwarding reaches. */
export function knownDifferences(_resolver: LabResolver, _port: number): ReadonlySet<string> {
  return new Set();
}
