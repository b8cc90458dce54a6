// A question that is to be explained, and what is to be assumed otherwise for it: another date, other anchors, algorithms
// switched off. Read from the words of a command line or of a URL.
import { readAnchorText } from '../config/anchor-text.ts';
import type { Config } from '../config/schema.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import { parseType, RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { parseName } from '../wire/name-text.ts';
import type { DSData } from '../wire/rdata-dnssec.ts';

/** The end of the 32 bits of signature times, the year 2106. */
const LAST_SIGNED_SECOND = 0xffff_ffff;

export interface ExplainWish {
  readonly name: DomainName;
  readonly type: number;
  readonly atSeconds: number | undefined;
  readonly added: readonly { readonly zone: DomainName; readonly ds: readonly DSData[] }[];
  readonly removed: readonly DomainName[];
  readonly disabledAlgorithms: readonly number[];
}

/** The same as it was written. */
export interface ExplainWords {
  readonly name: string;
  /** A when left out. */
  readonly type?: string | undefined;
  readonly at?: string | undefined;
  readonly withAnchors?: readonly string[] | undefined;
  readonly withoutAnchors?: readonly string[] | undefined;
  readonly disabledAlgorithms?: readonly string[] | undefined;
}

/** What is wished, or what is wrong with it. `mark` stands before the names of what was given: `--` on a command line. */
export function readExplainWish(words: ExplainWords, mark = ''): ExplainWish | string {
  const name = parseName(words.name);
  if (!name.ok) return `'${words.name}': ${name.error}`;
  const type = words.type === undefined ? RRType.A : parseType(words.type);
  if (type === undefined) return `'${words.type}' is no type`;
  const atSeconds = words.at === undefined ? undefined : parseDate(words.at);
  if (atSeconds !== undefined && !(atSeconds >= 0 && atSeconds <= LAST_SIGNED_SECOND))
    return `${mark}at '${words.at}' is no date; write 2026-12-31 or 2026-12-31T12:00:00Z`;
  const added: { zone: DomainName; ds: readonly DSData[] }[] = [];
  for (const text of words.withAnchors ?? []) {
    const anchor = readAnchor(text);
    if (typeof anchor === 'string') return `${mark}with-anchor '${text}': ${anchor}`;
    added.push(anchor);
  }
  const removed: DomainName[] = [];
  for (const text of words.withoutAnchors ?? []) {
    const zone = parseName(text);
    if (!zone.ok) return `${mark}without-anchor '${text}': ${zone.error}`;
    removed.push(zone.name);
  }
  const disabledAlgorithms = (words.disabledAlgorithms ?? []).map(Number);
  const odd = disabledAlgorithms.findIndex((number) => !Number.isInteger(number) || number < 0 || number > 255);
  if (odd >= 0) return `${mark}assume-alg-disabled '${words.disabledAlgorithms?.[odd]}' is no algorithm number`;
  return { name: name.name, type, atSeconds, added, removed, disabledAlgorithms };
}

/** Whether anything is assumed that is not so. */
export function isSupposition({ atSeconds, added, removed, disabledAlgorithms }: ExplainWish): boolean {
  return atSeconds !== undefined || added.length + removed.length + disabledAlgorithms.length > 0;
}

/** Unix seconds; `2026-12-31`, with time, as digits only (RFC 4034 3.2), or as seconds. NaN when it is none. */
export function parseDate(text: string): number {
  const digits = /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$/.exec(text);
  if (digits !== null) {
    const [, year, month, day, hour, minute, second] = digits;
    return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
  }
  if (/^[0-9]{9,11}$/.test(text)) return Number(text);
  return Math.floor(Date.parse(text) / 1000);
}

function readAnchor(text: string): { zone: DomainName; ds: readonly DSData[] } | string {
  const [zoneWord = '', ...rest] = text.trim().split(/\s+/);
  const zone = parseName(zoneWord);
  if (!zone.ok) return zone.error;
  const read = readAnchorText(zone.name, rest.join(' '));
  return read.ok ? { zone: zone.name, ds: read.value.ds } : read.error;
}

/** The configuration with what is assumed. With validation switched off there would be nothing to explain. */
export function supposedConfig(config: Config, { disabledAlgorithms }: ExplainWish): Config {
  const { dnssec } = config;
  const validation = dnssec.validation === 'off' ? 'validate' : dnssec.validation;
  const disabled_algorithms = [...dnssec.disabled_algorithms, ...disabledAlgorithms];
  return { ...config, dnssec: { ...dnssec, validation, disabled_algorithms } };
}

/** Makes anchors what they are assumed to be. */
export function supposeAnchors(anchors: TrustAnchors, { added, removed }: ExplainWish): void {
  for (const zone of removed) {
    anchors.removeAnchor(zone);
    anchors.removeNegative(zone);
  }
  for (const { zone, ds } of added) {
    // A negative anchor of the same name would win.
    anchors.removeNegative(zone);
    for (const entry of ds) anchors.addDS(zone, entry);
  }
}
