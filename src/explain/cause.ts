// From a recorded verdict, or the errors of a failed resolution, to the row of the table of causes. Reads what the
// validator and the iterator have written down, and judges nothing anew.
import { digestOf } from '../dnssec/ds-digest.ts';
import { keyTag } from '../dnssec/key-tag.ts';
import {
  type Chain,
  type ChainLink,
  chainLinks,
  type FailureLink,
  failureOf,
  type Verdict,
} from '../dnssec/verdict.ts';
import { EdeCode, Rcode, RRType, typeText } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { type CausePlaces, fillPlaces, GENERAL_PLACES } from './cause-row.ts';
import { type CauseCode, causeRow, isCauseCode } from './causes.ts';

/** Octets of text that an extended error carries (SECURITY 1.3). */
const MAX_TEXT_OCTETS = 64;
/** Less of a name than this says nothing. */
const LEAST_NAME_OCTETS = 8;

/** The cause of anything but secure. */
export function causeOfVerdict(verdict: Verdict): CauseCode | undefined {
  switch (verdict.status) {
    case 'secure':
      return undefined;
    case 'indeterminate':
      return 'no-anchor';
    case 'insecure':
      return causeOfInsecure(verdict);
    case 'bogus': {
      const link = failureOf(verdict);
      return link === undefined ? 'rrsig-invalid' : causeOfFailure(link, verdict.chain.previous);
    }
    default:
      return verdict satisfies never;
  }
}

/** The cause of a whole resolution: of its verdict, or where there is none of its errors. */
export function causeOfResolution(resolution: {
  readonly rcode: number;
  readonly verdict: Verdict | undefined;
  readonly errors: readonly ExtendedError[];
}): CauseCode | undefined {
  const { rcode, verdict, errors } = resolution;
  if (verdict?.status === 'bogus') return causeOfVerdict(verdict);
  if (rcode === Rcode.SERVFAIL || rcode === Rcode.REFUSED) return causeOfErrors(errors);
  return verdict === undefined ? undefined : causeOfVerdict(verdict);
}

/** The first cause that an error names. */
export function causeOfErrors(errors: readonly ExtendedError[]): CauseCode | undefined {
  for (const { cause } of errors) if (cause !== undefined && isCauseCode(cause)) return cause;
  return undefined;
}

function causeOfInsecure({ reason, chain }: Extract<Verdict, { status: 'insecure' }>): CauseCode {
  if (reason === 'local') return 'local-data';
  if (reason !== 'opt-out') return reason;
  // RFC 5155 9.2: of an answer, not of a delegation.
  const kind = chain?.link.kind;
  return kind === 'rrset' || kind === 'denial' ? 'opt-out-misuse' : 'opt-out';
}

function causeOfFailure(link: FailureLink, before: Chain | undefined): CauseCode {
  const start = before?.link;
  const isAnchored = start?.kind === 'anchor' && start.zone.equals(link.zone) && link.type === RRType.DNSKEY;
  return causeOfClock(link, isAnchored) ?? causeOfForward(link, start) ?? causeOfCheck(link, isAnchored);
}

/** The root zone is watched by the whole world: dates that do not fit there are wrong dates here. */
function causeOfClock({ reason, zone }: FailureLink, isAnchored: boolean): CauseCode | undefined {
  if (!isAnchored || !zone.isRoot) return undefined;
  if (reason === 'rrsig-not-yet-valid') return 'clock-behind';
  return reason === 'rrsig-expired' ? 'clock-ahead' : undefined;
}

function causeOfForward(
  { reason, zone, type, forward }: FailureLink,
  start: ChainLink | undefined,
): CauseCode | undefined {
  if (forward === undefined) return undefined;
  const isUnsigned = reason === 'rrsig-missing' || reason === 'denial-missing' || reason === 'rrsig-wrong-signer';
  // The chain ends above the forward zone: what is there is proved to be no zone of its own.
  if (forward.isBelow(zone)) return isUnsigned ? 'forward-denied-by-parent' : undefined;
  if (type !== RRType.DNSKEY) return undefined;
  // Where zones above were proved through the same forwarder, it passes signatures on.
  const isFirst = forward.equals(zone) || start?.kind === 'anchor';
  if (reason === 'rrsig-missing') return isFirst ? 'forwarder-strips-rrsigs' : undefined;
  if (reason !== 'dnskey-missing') return undefined;
  if (zone.isRoot) return 'forwarder-strips-rrsigs';
  return forward.equals(zone) && start?.kind === 'ds' ? 'forward-zone-unsigned' : undefined;
}

function causeOfCheck({ reason, type, detail }: FailureLink, isAnchored: boolean): CauseCode {
  switch (reason) {
    case 'dnskey-no-match':
      if (detail === 'tag-of-other-algorithm')
        return isAnchored ? 'anchor-algorithm-mismatch' : 'ds-algorithm-mismatch';
      return isAnchored ? 'anchor-no-key' : 'ds-no-such-key';
    case 'dnskey-digest-mismatch':
      return isAnchored ? 'anchor-digest-mismatch' : 'ds-digest-mismatch';
    case 'dnskey-missing':
      return isAnchored ? 'anchor-zone-unsigned' : 'dnskey-missing';
    case 'dnskey-revoked':
      return isAnchored ? 'anchor-key-revoked' : 'dnskey-revoked';
    case 'dnskey-not-signed-by-anchor':
      return isAnchored ? 'anchor-key-not-signing' : 'dnskey-not-signed-by-ds';
    case 'rrsig-missing':
      return type === RRType.DNSKEY ? 'dnskey-rrsig-missing' : 'rrsig-missing';
    case 'denial-missing':
    case 'denial-incomplete':
    case 'response-empty':
      return causeOfGap(detail);
    case 'denial-wildcard-missing':
      if (detail === undefined) return 'wildcard-no-proof';
      return detail === 'not-covered' || detail === 'no-next-closer' ? 'wildcard-wrong-proof' : causeOfGap(detail);
    case 'no-data-obtained':
      return 'dnskey-unreachable';
    default:
      return reason;
  }
}

function causeOfGap(detail: FailureLink['detail']): CauseCode {
  switch (detail) {
    case 'name-exists':
      return 'denial-name-exists';
    case 'type-exists':
      return 'denial-type-exists';
    case 'ds-exists':
      return 'ds-withheld';
    case 'wrong-side':
      return 'denial-wrong-side';
    case 'not-covered':
      return 'denial-wrong-span';
    case 'wildcard-not-denied':
      return 'denial-wildcard-open';
    case 'no-closest-encloser':
      return 'nsec3-no-closest-encloser';
    case 'no-next-closer':
      return 'nsec3-no-next-closer';
    case 'unusable':
      return 'denial-unusable';
    case 'unsigned':
    case 'no-signature-of-zone':
      return 'denial-unsigned';
    case undefined:
    case 'tag-of-other-algorithm':
    case 'not-fetched':
      return 'denial-missing';
    default:
      return detail satisfies never;
  }
}

/** The names that hints and remedies speak of. */
export function placesOf(verdict: Verdict, name: DomainName, type: number): CausePlaces {
  const chain = verdict.status === 'indeterminate' ? undefined : verdict.chain;
  const failure = failureOf(verdict);
  const links = chainLinks(chain);
  const zone = failure?.zone ?? links.findLast((link) => 'zone' in link)?.zone ?? name;
  const parent = links.findLast((link) => 'zone' in link && zone.isBelow(link.zone));
  const parentZone = parent !== undefined && 'zone' in parent ? parent.zone : zone.isRoot ? zone : zone.parent();
  const code = causeOfVerdict(verdict);
  const isParents = failure?.type === RRType.DS && code !== undefined && causeRow(code).side === 'authoritative';
  const above = parentZone.isRoot ? parentZone : parentZone.parent();
  const text = (of: DomainName): string => nameTextWithoutDot(of);
  const server = failure?.server ?? '';
  return {
    // What a parent says of a child is mended in the parent.
    zone: text(isParents ? parentZone : zone),
    parent: text(isParents ? above : parentZone),
    name: text(failure?.name ?? name),
    type: typeText(failure?.type ?? type),
    server: server === '' || server === 'cache' ? 'ADDRESS' : server,
    forward: text(failure?.forward ?? zone),
    // Hashed only where somebody reads it.
    get ds() {
      return offeredDS(failure) ?? GENERAL_PLACES.ds;
    },
    get key() {
      return offeredKey(failure) ?? GENERAL_PLACES.key;
    },
  };
}

const SHA256 = 2;

/** RDATA of a DS record for the key that the zone shows, in text. */
function offeredDS({ zone, offered }: Partial<FailureLink> = {}): string | undefined {
  const rdata = offered?.[0];
  const digest = zone === undefined || rdata === undefined ? undefined : digestOf(SHA256, zone, rdata);
  if (rdata === undefined || digest === undefined) return undefined;
  return `${keyTag(rdata)} ${rdata[3]} ${SHA256} ${Buffer.from(digest).toString('hex')}`;
}

function offeredKey({ offered }: Partial<FailureLink> = {}): string | undefined {
  const rdata = offered?.[0];
  if (rdata === undefined) return undefined;
  return `+${String(rdata[3]).padStart(3, '0')}+${String(keyTag(rdata)).padStart(5, '0')}`;
}

/** What can be done about a verdict, in one sentence; empty where nothing is to be done. */
export function hintOf(verdict: Verdict, name: DomainName, type: number): string {
  const code = causeOfVerdict(verdict);
  return code === undefined ? '' : fillPlaces(causeRow(code).hint, placesOf(verdict, name, type));
}

/** The extended errors of a bogus verdict: which link broke and why, the anchor if it may be wrong, what was found. */
export function bogusErrors(verdict: Verdict): ExtendedError[] {
  const cause = causeOfVerdict(verdict);
  if (verdict.status !== 'bogus' || cause === undefined) return [];
  const { ede, text } = causeRow(cause);
  // An internal zone without signatures is told apart from one whose signatures count for nothing (POWERDNS 5.3).
  const isUnsigned = verdict.reason === 'rrsig-missing' || verdict.reason === 'denial-missing';
  const code = cause === 'forward-denied-by-parent' && isUnsigned ? EdeCode.RRSIGS_MISSING : (ede ?? 0);
  const failure = failureOf(verdict);
  if (failure === undefined) return [{ code, text, cause }];
  const where = `${nameTextWithoutDot(failure.name)} ${typeText(failure.type)}`;
  const errors: ExtendedError[] = [{ code, text: boundedText(where, text), cause }];
  const start = verdict.chain.previous?.link;
  if (start?.kind === 'anchor' && start.zone.equals(failure.zone) && failure.type === RRType.DNSKEY) {
    // Not the zone's owner but the configuration may be wrong.
    errors.push({ code, text: `trust anchor of ${nameTextWithoutDot(start.zone)}: ${start.keyTags.join(', ')}` });
  }
  // EXTRA-TEXT is short: what was found, and at which server, goes into a second option of the same code.
  const details = [
    failure.found === '' ? '' : `found ${failure.found}`,
    failure.server === '' ? '' : `at ${failure.server}`,
  ];
  const detail = details.filter((part) => part !== '').join(', ');
  if (detail !== '') errors.push({ code, text: detail });
  return errors;
}

/** `where: text`, with the beginning of a long name left out rather than the end of the text. */
function boundedText(where: string, text: string): string {
  const room = MAX_TEXT_OCTETS - text.length - 2;
  if (where.length <= room) return `${where}: ${text}`;
  return room < LEAST_NAME_OCTETS ? text : `..${where.slice(where.length - room + 2)}: ${text}`;
}
