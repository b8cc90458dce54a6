// When signatures end, read from what the resolver holds: the chains of trust of zones, and a part of the cached data.
import { algorithmText } from '../dnssec/algorithms.ts';
import type { ChainLink, SignatureSummary } from '../dnssec/verdict.ts';
import type { Knowledge } from '../resolver/knowledge.ts';
import type { Expiry } from '../web/target.ts';
import { RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { isoTime } from './web-target-times.ts';

/** Cached answers looked at, so that a large cache does not keep queries waiting. */
const MAX_ANSWERS = 2000;
/** Expiries kept while looking, of which those with the least time left are shown. */
const MAX_ROWS = 1000;
/** A signature is near its end in the last quarter of its life: short-lived ones are made anew late. */
const LIFE_PARTS = 4;

interface Row {
  readonly zone: DomainName;
  readonly what: Expiry['what'];
  readonly signature: SignatureSummary;
  readonly secondsLeft: number;
}

/** The expiries with the least time left, by that. */
export function expiriesOf(
  knowledge: Pick<Knowledge, 'trust' | 'answers' | 'now'>,
  nowSeconds: number,
  warnSeconds: number,
): Expiry[] {
  const rows = new Map<string, Row>();
  /** What ends no sooner has no chance. */
  let boundSeconds = Number.POSITIVE_INFINITY;
  const note = (zone: DomainName, what: Expiry['what'], signature: SignatureSummary): void => {
    // 32-bit serial numbers: the instant nearest to now (RFC 4034 3.1.5).
    const secondsLeft = (signature.expiration - Math.floor(nowSeconds)) | 0;
    if (secondsLeft >= boundSeconds) return;
    const key = `${what} ${zone.key}`;
    const known = rows.get(key);
    if (known !== undefined && known.secondsLeft <= secondsLeft) return;
    rows.set(key, { zone, what, signature, secondsLeft });
    if (rows.size >= 2 * MAX_ROWS) boundSeconds = keepLeast(rows);
  };
  for (const { zone, chain } of knowledge.trust.live(knowledge.now)) {
    for (const link of [chain.link, chain.previous?.link]) {
      const signature = link === undefined ? undefined : signatureOf(link, zone);
      if (signature !== undefined) note(zone, signature.what, signature.by);
    }
  }
  for (const signature of knowledge.answers.signatures(knowledge.now, MAX_ANSWERS)) {
    note(signature.signer, 'data', signature);
  }
  return byTimeLeft(rows).map((row) => expiryOf(row, nowSeconds, warnSeconds));
}

function signatureOf(
  link: ChainLink,
  zone: DomainName,
): { readonly what: Expiry['what']; readonly by: SignatureSummary } | undefined {
  if (link.kind === 'dnskey' && link.zone.equals(zone)) return { what: 'DNSKEY', by: link.signature };
  if (link.kind === 'ds' && link.zone.equals(zone)) return { what: 'DS', by: link.signature };
  if (link.kind !== 'failure' || link.judged === undefined) return undefined;
  const what = link.type === RRType.DNSKEY ? 'DNSKEY' : link.type === RRType.DS ? 'DS' : 'data';
  return { what, by: link.judged };
}

/** Leaves `MAX_ROWS`; gives the time that the last of them has left. */
function keepLeast(rows: Map<string, Row>): number {
  const sorted = [...rows].sort(([, a], [, b]) => a.secondsLeft - b.secondsLeft);
  for (const [key] of sorted.slice(MAX_ROWS)) rows.delete(key);
  return sorted[MAX_ROWS - 1]?.[1].secondsLeft ?? Number.POSITIVE_INFINITY;
}

function byTimeLeft(rows: ReadonlyMap<string, Row>): Row[] {
  return [...rows.values()].sort((a, b) => a.secondsLeft - b.secondsLeft).slice(0, MAX_ROWS);
}

function expiryOf({ zone, what, signature, secondsLeft }: Row, nowSeconds: number, warnSeconds: number): Expiry {
  const lifeSeconds = (signature.expiration - signature.inception) | 0;
  const isSoon = secondsLeft < warnSeconds && secondsLeft < lifeSeconds / LIFE_PARTS;
  return {
    zone: nameText(zone),
    what,
    keyTag: signature.keyTag,
    algorithmName: algorithmText(signature.algorithm),
    expiresAt: isoTime(nowSeconds + secondsLeft),
    secondsLeft,
    state: secondsLeft < 0 ? 'expired' : isSoon ? 'soon' : 'ok',
  };
}
