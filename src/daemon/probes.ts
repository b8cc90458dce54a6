// Questions the program asks itself at the start, so that its first lines say whether it can work.
import type { Config } from '../config/schema.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Resolution, Resolver } from '../resolver/resolution.ts';
import type { Log } from '../telemetry/log.ts';
import { Rcode, RRClass, RRType } from '../wire/constants.ts';
import { DomainName } from '../wire/name.ts';
import { nameText, nameTextWithoutDot } from '../wire/name-text.ts';

/** Forward zones looked at; a start with more does not become a flood. */
const MAX_ZONES_PROBED = 20;

/** Asks for the name servers of the root and says what came of it. */
export function probeRoot(resolver: Resolver, validates: boolean, log: Log, done: (answers: boolean) => void): void {
  ask(resolver, DomainName.root, RRType.NS, validates, (resolution) => {
    const answers = resolution.rcode === Rcode.NOERROR && resolution.answer.length > 0;
    if (answers) {
      log.info('the root servers answer', { verdict: resolution.verdict?.status });
    } else {
      const why = resolution.errors.map(({ code, text }) => `EDE ${code} ${text}`.trim()).join('; ');
      log.warn('the root servers do not answer as they should; forward zones and local names still work', {
        why: why || undefined,
      });
    }
    done(answers);
  });
}

/**
 * Warns of forward zones that validation will refuse: no anchor of their own, and a name that the signed public tree
 * denies (POWERDNS 4.3). Asks for their DS one after the other.
 */
export function probeForwardZones(resolver: Resolver, config: Config, anchors: TrustAnchors, log: Log): void {
  const zones = [...config.recursor.forward_zones, ...config.recursor.forward_zones_recurse]
    .map(({ zone }) => zone)
    .filter((zone) => !zone.isRoot && dependsOnParent(zone, anchors))
    .slice(0, MAX_ZONES_PROBED);
  const next = () => {
    const zone = zones.shift();
    if (zone === undefined) return;
    ask(resolver, zone, RRType.DS, true, (resolution) => {
      if (resolution.rcode === Rcode.NXDOMAIN && resolution.verdict?.status === 'secure') warnDenied(zone, log);
      next();
    });
  };
  next();
}

/** Validation of the zone starts above it. */
function dependsOnParent(zone: DomainName, anchors: TrustAnchors): boolean {
  const closest = anchors.closest(zone);
  return closest?.kind === 'anchor' && !closest.zone.equals(zone);
}

function warnDenied(zone: DomainName, log: Log): void {
  const name = nameTextWithoutDot(zone);
  log.limited(
    'warn',
    `denied ${zone.key}`,
    'a forward zone will be bogus: the signed public DNS proves that its name does not exist',
    {
      zone: nameText(zone),
      ifSigned: `dnssec.trustanchors: [{name: ${name}, dsrecords: ['TAG ALGORITHM DIGESTTYPE DIGEST']}]`,
      ifUnsigned: `dnssec.negative_trustanchors: [{name: ${name}, reason: internal zone}]`,
    },
  );
}

function ask(
  resolver: Resolver,
  name: DomainName,
  type: number,
  validate: boolean,
  done: (resolution: Resolution) => void,
): void {
  const question = { name, type, class: RRClass.IN };
  resolver.resolve({ question, checkingDisabled: false, recursionDesired: true, validate }, done);
}
