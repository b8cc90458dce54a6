/** Zones of the lab on which other resolvers do not say what kedge says; docs/lab.md tells why. */
export type LabResolver = 'kedge' | 'Unbound' | 'BIND' | 'Knot Resolver' | 'PowerDNS Recursor';

/** Those of all four. */
const common = ['algorithm-5.insecure.lab.', 'algorithm-7.insecure.lab.', 'wildcard-dname.bad.lab.'];

const differences: Readonly<Record<LabResolver, readonly string[]>> = {
  kedge: [],
  Unbound: [...common, 'revoked.bad.lab.', 'anchor-revoked.private.'],
  BIND: [...common, 'anchor-revoked.private.'],
  'Knot Resolver': [...common, 'other-signer.bad.lab.'],
  'PowerDNS Recursor': [...common, 'dnskey-bad-signature.bad.lab.', 'unknown-hash.bad.lab.'],
};

/** Names of zones, absolute. */
export function knownDifferences(resolver: LabResolver): ReadonlySet<string> {
  return new Set(differences[resolver]);
}
