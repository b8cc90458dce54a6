// Whether a zone would validate without its negative trust anchor (RFC 7646 2): asked with caches of its own, so that
// nothing of it reaches the clients.
import { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Resolver } from '../resolver/resolution.ts';
import { RRClass, RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';

/** `makeResolver` makes one that trusts the given anchors. `done` hears undefined when nobody can tell. */
export function checkZone(
  zone: DomainName,
  anchors: TrustAnchors,
  makeResolver: (anchors: TrustAnchors) => Resolver,
  done: (isNeeded: boolean | undefined) => void,
): void {
  const others = new TrustAnchors();
  others.replaceWith(anchors);
  others.removeNegative(zone);
  const question = { name: zone, type: RRType.SOA, class: RRClass.IN };
  const request = { question, checkingDisabled: false, recursionDesired: true, validate: true };
  makeResolver(others).resolve(request, ({ verdict }) => {
    // No verdict: the servers did not answer. Under another negative anchor, this one is nothing that could be judged.
    const isUnjudged =
      verdict === undefined || (verdict.status === 'insecure' && verdict.reason === 'negative-trust-anchor');
    done(isUnjudged ? undefined : verdict.status === 'bogus');
  });
}
