// Questions of class CH about the server itself: `version.bind`, `id.server` and the like (RFC 4892; POWERDNS 2.6).
import { EdeCode, Rcode, RRClass, RRType } from '../wire/constants.ts';
import type { ExtendedError } from '../wire/edns.ts';
import { nameOf } from '../wire/name-text.ts';
import type { RRset } from '../wire/record.ts';
import type { ReplyContent } from './reply.ts';
import type { Request } from './request.ts';

/** What the server says about itself; undefined where it says nothing. */
export interface ServerIdentity {
  readonly version: string | undefined;
  readonly id: string | undefined;
  /** Lines of `trustanchor.server`, made anew for each question; undefined when such questions are not allowed. */
  readonly trustAnchors: (() => readonly string[]) | undefined;
  /** Lines of `negativetrustanchor.server`. */
  readonly negativeTrustAnchors: (() => readonly string[]) | undefined;
}

const versionNames = new Set([nameOf('version.bind').key, nameOf('version.server').key, nameOf('version.pdns').key]);
const idNames = new Set([nameOf('id.server').key, nameOf('hostname.bind').key]);
const trustAnchorsName = nameOf('trustanchor.server').key;
const negativeTrustAnchorsName = nameOf('negativetrustanchor.server').key;

/** Seconds, as PowerDNS has it. */
const CHAOS_TTL = 86_400;
const MAX_CHARACTER_STRING_OCTETS = 255;

/** The answer to a question of class CH. Everything but a known name and type TXT or ANY is refused. */
export function chaosAnswer(request: Request, identity: ServerIdentity): ReplyContent {
  const { question } = request;
  const key = question.name.key;
  if (question.type !== RRType.TXT && question.type !== RRType.ANY) return refused;
  if (key === trustAnchorsName || key === negativeTrustAnchorsName) {
    const lines = key === trustAnchorsName ? identity.trustAnchors : identity.negativeTrustAnchors;
    return lines === undefined ? switchedOff : textAnswer(request, lines());
  }
  const text = versionNames.has(key) ? identity.version : idNames.has(key) ? identity.id : undefined;
  return text === undefined ? refused : textAnswer(request, [text]);
}

function textAnswer({ question }: Request, lines: readonly string[]): ReplyContent {
  const rdatas = lines.map(characterStrings);
  const rrset: RRset = {
    name: question.name,
    type: RRType.TXT,
    class: RRClass.CH,
    ttl: CHAOS_TTL,
    rdatas,
    signatures: [],
  };
  return {
    rcode: Rcode.NOERROR,
    answer: rdatas.length === 0 ? [] : [{ rrset, ttl: CHAOS_TTL }],
    authority: [],
    authentic: false,
    errors: [],
  };
}

/** TXT RDATA: as many character-strings as the text needs (RFC 1035 3.3.14). */
function characterStrings(text: string): Uint8Array {
  const octets = new TextEncoder().encode(text);
  const parts = Math.max(1, Math.ceil(octets.length / MAX_CHARACTER_STRING_OCTETS));
  const rdata = new Uint8Array(octets.length + parts);
  for (let part = 0; part < parts; part++) {
    const start = part * MAX_CHARACTER_STRING_OCTETS;
    const chunk = octets.subarray(start, start + MAX_CHARACTER_STRING_OCTETS);
    rdata[start + part] = chunk.length;
    rdata.set(chunk, start + part + 1);
  }
  return rdata;
}

function failure(rcode: number, error: ExtendedError): ReplyContent {
  return { rcode, answer: [], authority: [], authentic: false, errors: [error] };
}

const refused = failure(Rcode.REFUSED, { code: EdeCode.NOT_SUPPORTED, text: 'class CH knows only a few names' });
const switchedOff = failure(Rcode.SERVFAIL, {
  code: EdeCode.NOT_SUPPORTED,
  text: 'recursor.allow_trust_anchor_query is off',
});
