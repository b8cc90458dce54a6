// The root key sentinel (RFC 8509): whoever asks for two special names learns from success and failure which keys of the
// root this resolver trusts.
import { keyTag } from '../dnssec/key-tag.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import { EdeCode, Rcode, RRType } from '../wire/constants.ts';
import { DomainName } from '../wire/name.ts';
import { DnskeyFlag, parseDNSKEY } from '../wire/rdata-dnssec.ts';
import type { Resolution, ResolutionRequest, Resolver } from './resolution.ts';

/** The leftmost label, in lower case; five digits exactly (RFC 8509 3.1). */
const SENTINEL = /^root-key-sentinel-(is|not)-ta-([0-9]{5})$/;
/** Octets of the shorter of the two labels; most names fail this test. */
const LEAST_OCTETS = 29;
const MAX_KEY_TAG = 0xffff;

/** A question about a key of the root. */
export interface SentinelQuestion {
  /** `is`: the answer stays when the key is trusted; `not`: when it is not. */
  readonly kind: 'is' | 'not';
  readonly keyTag: number;
}

/** What a name asks about the root's keys; undefined for all ordinary names. */
export function sentinelQuestion(name: DomainName): SentinelQuestion | undefined {
  const { key } = name;
  const length = key.charCodeAt(0);
  if (length < LEAST_OCTETS || length > LEAST_OCTETS + 1) return undefined;
  const match = SENTINEL.exec(key.slice(1, 1 + length));
  if (match === null) return undefined;
  const tag = Number(match[2]);
  return tag > MAX_KEY_TAG ? undefined : { kind: match[1] === 'is' ? 'is' : 'not', keyTag: tag };
}

/** Whether a key of the root with this tag is trusted: one that could validate now, hence not a revoked one. */
export function isTrustedRootKey(tag: number, anchors: Pick<TrustAnchors, 'anchorAt'>): boolean {
  const anchor = anchors.anchorAt(DomainName.root);
  if (anchor === undefined) return false;
  if (anchor.ds.some((ds) => ds.keyTag === tag)) return true;
  return anchor.dnskeys.some((rdata) => {
    const dnskey = parseDNSKEY(rdata);
    return dnskey !== undefined && (dnskey.flags & DnskeyFlag.REVOKE) === 0 && keyTag(rdata) === tag;
  });
}

/** Answers as the resolver behind it does, but for sentinel names. */
export class RootKeySentinel implements Resolver {
  private readonly resolver: Resolver;
  private readonly anchors: Pick<TrustAnchors, 'anchorAt'>;

  constructor(resolver: Resolver, anchors: Pick<TrustAnchors, 'anchorAt'>) {
    this.resolver = resolver;
    this.anchors = anchors;
  }

  resolve(request: ResolutionRequest, done: (resolution: Resolution) => void): void {
    const asked = sentinelQuestion(request.question.name);
    if (asked === undefined) this.resolver.resolve(request, done);
    else this.resolver.resolve(request, (resolution) => done(this.judged(request, resolution, asked)));
  }

  private judged(request: ResolutionRequest, resolution: Resolution, asked: SentinelQuestion): Resolution {
    if (request.clientValidates === true) return untested(resolution);
    // RFC 8509 3.1: addresses only.
    const { type } = request.question;
    return type === RRType.A || type === RRType.AAAA ? this.altered(resolution, asked) : resolution;
  }

  /**
   * RFC 8509 3.2: instead of a secure answer, SERVFAIL with an empty answer section. That a name does not exist is left as
   * it is: such names test nothing, and denials are also made of cached proofs where nobody looks at the name.
   */
  private altered(resolution: Resolution, { kind, keyTag: tag }: SentinelQuestion): Resolution {
    if (resolution.verdict?.status !== 'secure' || resolution.rcode !== Rcode.NOERROR) return resolution;
    const isTrusted = isTrustedRootKey(tag, this.anchors);
    if (isTrusted === (kind === 'is')) return resolution;
    const text = `root key sentinel: key ${tag} is ${isTrusted ? 'a' : 'no'} trust anchor here`;
    return {
      rcode: Rcode.SERVFAIL,
      answer: [],
      authority: [],
      verdict: resolution.verdict,
      authentic: false,
      errors: [{ code: EdeCode.OTHER, text }],
      shareable: false,
    };
  }
}

/**
 * With CD the answer stays what it is (RFC 8509 3.1). It says nothing of keys then, and must not look as if it did: who
 * tests a resolver by these names takes AD for a sign that it has been tested.
 */
function untested(resolution: Resolution): Resolution {
  return resolution.rcode === Rcode.NOERROR && resolution.authentic ? { ...resolution, authentic: false } : resolution;
}
