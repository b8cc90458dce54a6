// Where the walk down a chain of trust begins: what earlier walks have left at or above a name.
import type { ZoneTrust } from '../cache/zone-trust-cache.ts';
import type { BogusReason } from '../dnssec/verdict.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import type { ValidationContext } from './needs.ts';

/** That there is a DS or none, the servers have not shown. */
const unprovenReasons: ReadonlySet<BogusReason> = new Set(['denial-missing', 'denial-incomplete', 'ds-unreachable']);

/** The deepest cached knowledge at or above `target`, not above the anchor. */
export function cachedStart(
  target: DomainName,
  claimed: boolean,
  top: DomainName,
  context: ValidationContext,
): { trust: ZoneTrust | undefined; base: DomainName | undefined; nonExistent: boolean } {
  let base: DomainName | undefined;
  let enclosing: DomainName | undefined;
  let nonExistent = false;
  for (let name = target; ; name = name.parent()) {
    const known = context.trustOf(name);
    if (known?.status === 'no-cut') {
      if (base === undefined) {
        base = known.zone;
        enclosing = known.enclosing;
        nonExistent = known.nonExistent;
      }
    } else if (known !== undefined && !isPassedBy(known, target, claimed, context)) {
      const usable = enclosing !== undefined && known.zone.equals(enclosing) && known.status === 'secure';
      return { trust: known, base: usable ? base : undefined, nonExistent: usable && nonExistent };
    }
    if (name.isRoot || name.equals(top)) return { trust: undefined, base: undefined, nonExistent: false };
  }
}

/**
 * Whether the way to `target` leads past a name that is bogus for want of a proof that it has no DS. Some servers fail or
 * cannot give one for an empty non-terminal above an unsigned delegation (NSD 4.6 in an opt-out zone, against RFC 5155 7.2.4),
 * although the delegation itself is proved. The name is no zone as far as is known: what is below asks for its own DS.
 *
 * This opens no way around a signed delegation whose DS somebody withholds. Passed by or not, the zone above has to prove
 * what is at the cut below; and if the name in between is delegated, that zone has signed nothing that could: no NSEC3
 * span covers a name that has an NSEC3 of its own, as every signed delegation has, and from a delegation's own NSEC or
 * NSEC3 nothing follows for names below it (RFC 6840 4.1, RFC 5155 8.3). Without proof the cut below is bogus as well.
 */
function isPassedBy(known: ZoneTrust, target: DomainName, claimed: boolean, context: ValidationContext): boolean {
  if (known.status !== 'bogus' || !target.isBelow(known.zone)) return false;
  const { link } = known.chain;
  if (link.kind !== 'failure' || link.type !== RRType.DS || !link.zone.equals(known.zone)) return false;
  if (!unprovenReasons.has(link.reason)) return false;
  return claimed || context.cutsBetween(known.zone, target).length > 0;
}
