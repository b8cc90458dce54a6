// The shape of the table of causes: what went wrong, in words for people, and what they can do about it.

/**
 * What the cause does to an answer.
 * - `bogus`: SERVFAIL, because a proof that is due does not hold.
 * - `failed`: SERVFAIL, because nobody gave a usable answer.
 * - `insecure`: an answer without AD, and the reason why nothing is proved.
 */
export type CauseKind = 'bogus' | 'failed' | 'insecure';

/** Who can mend it. */
export type CauseSide = 'authoritative' | 'parent' | 'configuration' | 'clock' | 'network' | 'nobody';

/** One line to run, or to paste into a file. */
export interface RemedyLine {
  /** A program whose command it is, or the file that it goes into; with places, too. */
  readonly where: string;
  /** With places in braces: see `CausePlaces`. */
  readonly line: string;
}

/** One way to mend it: a sentence, and the lines that do it. */
export interface Remedy {
  readonly text: string;
  readonly lines: readonly RemedyLine[];
}

export interface CauseRow {
  readonly kind: CauseKind;
  /** Extended error code (RFC 8914); undefined where an answer carries none. */
  readonly ede: number | undefined;
  /** One sentence part for EXTRA-TEXT and log: ASCII, at most 64 octets. */
  readonly text: string;
  /** What it means, for somebody who knows DNS but not DNSSEC. */
  readonly explanation: string;
  readonly side: CauseSide;
  /** The remedy in one short sentence, for a log line; empty where nothing needs mending. */
  readonly hint: string;
  readonly remedies: readonly Remedy[];
}

/**
 * What stands in the braces of hints and remedies: `{zone}` the zone to mend, `{parent}` the zone above it, `{name}` and
 * `{type}` of the broken link, `{server}` that gave it, `{forward}` the forward zone, `{ds}` the DS (RDATA) of the key
 * that the zone shows, `{key}` that key in file names of BIND. Names are without the final dot.
 */
export interface CausePlaces {
  readonly zone: string;
  readonly parent: string;
  readonly name: string;
  readonly type: string;
  readonly server: string;
  readonly forward: string;
  readonly ds: string;
  readonly key: string;
}

/** The places of the generated documentation. */
export const GENERAL_PLACES: CausePlaces = {
  zone: 'ZONE',
  parent: 'PARENT',
  name: 'NAME',
  type: 'TYPE',
  server: 'SERVER',
  forward: 'ZONE',
  ds: 'KEYTAG ALGORITHM 2 DIGEST',
  key: '+ALGORITHM+KEYTAG',
};

/** A text with its places filled in. */
export function fillPlaces(text: string, places: CausePlaces): string {
  return text.replace(/\{([a-z]+)\}/g, (whole, place: string) => (isPlace(place) ? places[place] : whole));
}

/**
 * A line to run or to paste, with its places filled in. Whoever asks a question or runs a zone chooses the names in it, so
 * what a shell, Lua or a configuration file could take for more than a letter is written as `\DDD`.
 */
export function fillLine(line: string, places: CausePlaces): string {
  // Our own commands read such escapes, which a shell has to leave alone.
  const isOurs = line.startsWith('kedge ');
  return line.replace(/\{(zone|parent|name|forward)\}|\{([a-z]+)\}/g, (whole, named?: string, other?: string) => {
    const place = named ?? other ?? '';
    if (!isPlace(place)) return whole;
    if (named === undefined) return places[place];
    const inert = inertName(places[place]);
    return isOurs && inert.includes('\\') ? `'${inert}'` : inert;
  });
}

/** A name in presentation form, in which only what names usually consist of stands for itself. */
function inertName(text: string): string {
  return text.replace(/\\[0-9]{3}|\\?./gs, (whole, index: number) => {
    const isOption = index === 0 && whole === '-';
    if (!isOption && /^(?:[A-Za-z0-9._*/-]|\\[0-9]{3})$/.test(whole)) return whole;
    return `\\${String(whole.charCodeAt(whole.length - 1)).padStart(3, '0')}`;
  });
}

function isPlace(place: string): place is keyof CausePlaces {
  return Object.hasOwn(GENERAL_PLACES, place);
}
