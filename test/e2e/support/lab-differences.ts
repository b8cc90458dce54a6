/** Zones of the lab on which other resolvers do not say what kedge says; docs/lab.md tells why. */
export type LabResolver = 'kedge' | 'Unbound' | 'BIND' | 'Knot Resolver' | 'PowerDNS Recursor';

const sha1 = ['algorithm-5.insecure.lab.', 'algorithm-7.insecure.lab.'];

const differences: Readonly<Record<LabResolver, readonly string[]>> = {
  kedge: [],
  Unbound: [...sha1, 'revoked.bad.lab.'],
  BIND: sha1,
  'Knot Resolver': [...sha1, 'other-signer.bad.lab.'],
  'PowerDNS Recursor': [...sha1, 'dnskey-bad-signature.bad.lab.'],
};

/** Names of zones, absolute. */
export function knownDifferences(resolver: LabResolver): ReadonlySet<string> {
  return new Set(differences[resolver]);
}
