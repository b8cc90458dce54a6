// DNS64 in front of a resolver (RFC 6147): names without AAAA records get those that a NAT64 makes of their A records,
// and PTR questions about such addresses are answered with the names of the IPv4 addresses.
//
// Limitations: the prefix is one and the same for all clients; A records with private addresses are translated as all
// others are (RFC 6052 3.1 leaves that to the well-known prefix and who runs the NAT64).
import type { Verdict } from '../dnssec/verdict.ts';
import type { Clock } from '../ports/clock.ts';
import type { Timers } from '../ports/timers.ts';
import { EdeCode, Rcode, RRType } from '../wire/constants.ts';
import { addressOfReverseName, type Dns64Prefix, embedIPv4, extractIPv4, reverseNameOf } from '../wire/dns64-prefix.ts';
import type { DomainName } from '../wire/name.ts';
import type { LocalTargets, Resolution, ResolutionRequest, ResolvedRRset, Resolver } from './resolution.ts';

/** Highest TTL of a made-up record when no SOA says how long there will be no AAAA (RFC 6147 5.1.7). */
const NO_SOA_TTL = 600;
/** `::ffff:0:0/96`: IPv4 addresses in another dress are no AAAA records (RFC 6147 5.1.4). */
const MAPPED_PREFIX: Dns64Prefix = {
  octets: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0),
  prefixLength: 96,
};

export interface Dns64Options {
  readonly prefix: Dns64Prefix;
  /** Names at and below which AAAA records do not count. */
  readonly ignoreAaaa: readonly DomainName[];
  /** Milliseconds after which the client has an answer, whatever is still being looked up. */
  readonly clientDeadlineMs: number;
}

export interface Dns64Parts {
  readonly resolver: Resolver;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly timers: Timers;
  /** Reverse zones that are answered here. */
  readonly localTargets?: LocalTargets;
}

type Done = (resolution: Resolution) => void;

export class Dns64Resolver implements Resolver {
  private readonly options: Dns64Options;
  private readonly parts: Dns64Parts;

  constructor(options: Dns64Options, parts: Dns64Parts) {
    this.options = options;
    this.parts = parts;
  }

  resolve(request: ResolutionRequest, done: Done): void {
    const { name, type } = request.question;
    // RFC 6147 5.5: who validates by itself gets what is signed, and nothing else.
    if (request.clientValidates === true) this.parts.resolver.resolve(request, done);
    else if (type === RRType.AAAA) this.resolveAddresses(request, done);
    else {
      const ipv4 = type === RRType.PTR ? this.translatedFrom(name) : undefined;
      if (ipv4 === undefined) this.parts.resolver.resolve(request, done);
      else this.resolveReverse(request, ipv4, done);
    }
  }

  private resolveAddresses(request: ResolutionRequest, done: Done): void {
    const { resolver, clock } = this.parts;
    const startedMs = clock.monotonicMs();
    if (this.options.ignoreAaaa.some((top) => request.question.name.isSubdomainOf(top))) {
      resolver.resolve(asking(request, RRType.A), (a) => {
        const made = hasType(a, RRType.A) ? this.synthesis(a, undefined) : undefined;
        if (made !== undefined) done(made);
        else this.within(startedMs, asking(request, RRType.AAAA), a, done);
      });
      return;
    }
    resolver.resolve(request, (aaaa) => {
      const known = withoutMapped(aaaa);
      if (!leavesRoom(known)) done(known);
      else this.within(startedMs, asking(request, RRType.A), known, (a) => done(this.combined(known, a)));
    });
  }

  /** Asks the second question in the time that the first has left; then the first one's answer has to do. */
  private within(startedMs: number, request: ResolutionRequest, otherwise: Resolution, done: Done): void {
    let isDone = false;
    const finish = (resolution: Resolution): void => {
      if (isDone) return;
      isDone = true;
      timer.cancel();
      done(resolution);
    };
    const late: Resolution =
      otherwise.rcode === Rcode.NOERROR ? { ...otherwise, ...lateFailure, answer: [], authority: [] } : otherwise;
    const timer = this.parts.timers.at(startedMs + this.options.clientDeadlineMs, () => finish(late));
    this.parts.resolver.resolve(request, finish);
  }

  /** The reply to an AAAA question that has no such records (RFC 6147 5.1.6). */
  private combined(aaaa: Resolution, a: Resolution): Resolution {
    if (a.rcode === Rcode.NOERROR) return hasType(a, RRType.A) ? this.synthesis(a, aaaa) : aaaa;
    // That the name has no addresses at all is what the AAAA question has found already.
    return a.rcode === Rcode.NXDOMAIN ? aaaa : a;
  }

  /** The A records as AAAA records, behind the same aliases. */
  private synthesis(a: Resolution, aaaa: Resolution | undefined): Resolution {
    const { prefix } = this.options;
    const longest = aaaa === undefined ? NO_SOA_TTL : denialTtl(aaaa);
    const answer = a.answer.map(({ rrset, ttl }): ResolvedRRset => {
      if (rrset.type !== RRType.A) return { rrset, ttl };
      const rdatas = rrset.rdatas.flatMap((ipv4) => embedIPv4(prefix, ipv4) ?? []);
      // Nobody has signed them.
      return { rrset: { ...rrset, type: RRType.AAAA, rdatas, signatures: [] }, ttl: Math.min(ttl, longest) };
    });
    const { rcode, errors } = a;
    return {
      rcode,
      answer,
      authority: [],
      verdict: worse(aaaa === undefined ? a.verdict : aaaa.verdict, a.verdict),
      // RFC 6147 5.5: both halves were validated, so that AD should be set. Where an AAAA set was passed over, they were not.
      authentic: a.authentic && aaaa?.authentic === true,
      errors: [...errors, { code: EdeCode.SYNTHESIZED, text: 'AAAA made of A (DNS64)' }],
      shareable: a.shareable && aaaa?.shareable !== false,
      ...shorterKeep(a, aaaa),
    };
  }

  private translatedFrom(name: DomainName): Uint8Array | undefined {
    const address = addressOfReverseName(name);
    return address === undefined ? undefined : extractIPv4(this.options.prefix, address);
  }

  /** RFC 6147 5.3.1: what the IPv4 address is called, said of the IPv6 address. */
  private resolveReverse(request: ResolutionRequest, ipv4: Uint8Array, done: Done): void {
    const { resolver, localTargets } = this.parts;
    const { name } = request.question;
    const reverse = reverseNameOf(ipv4);
    const renamed = (resolution: Resolution): Resolution => ({
      ...resolution,
      answer: resolution.answer.flatMap(({ rrset, ttl }) => {
        if (rrset.type === RRType.DNAME) return [];
        return rrset.name.equals(reverse) ? [{ rrset: { ...rrset, name, signatures: [] }, ttl }] : [{ rrset, ttl }];
      }),
      authority: resolution.authority.filter(({ rrset }) => rrset.type === RRType.SOA),
      authentic: false,
      errors: [...resolution.errors, { code: EdeCode.SYNTHESIZED, text: 'PTR of the IPv4 address (DNS64)' }],
    });
    const question = { ...request.question, name: reverse };
    // Reverse names of private addresses are nobody else's business.
    const local = localTargets?.(question);
    if (local?.kind === 'answer') done(renamed(local.resolution));
    else resolver.resolve({ ...request, question }, (resolution) => done(renamed(resolution)));
  }
}

const lateFailure = {
  rcode: Rcode.SERVFAIL,
  authentic: false,
  shareable: false,
  errors: [{ code: EdeCode.NO_REACHABLE_AUTHORITY, text: 'no A records in time (DNS64)', cause: 'deadline' }],
};

function asking(request: ResolutionRequest, type: number): ResolutionRequest {
  return { ...request, question: { ...request.question, type } };
}

function hasType({ answer }: Resolution, type: number): boolean {
  return answer.some(({ rrset }) => rrset.type === type && rrset.rdatas.length > 0);
}

/**
 * Whether the answer to an AAAA question calls for AAAA records that are made up: NODATA, and errors, which so many
 * servers give for a type they do not know (RFC 6147 5.1.2, 5.1.3); never NXDOMAIN, and never data that did not validate.
 */
function leavesRoom({ rcode, answer, verdict, deniedCompactly }: Resolution): boolean {
  if (verdict?.status === 'bogus' || deniedCompactly === true) return false;
  if (rcode === Rcode.SERVFAIL) return true;
  return rcode === Rcode.NOERROR && !answer.some(({ rrset }) => rrset.type === RRType.AAAA);
}

/** Takes IPv4-mapped addresses away; what is left of a set is not what was signed. */
function withoutMapped(resolution: Resolution): Resolution {
  const isMapped = (rdata: Uint8Array): boolean => extractIPv4(MAPPED_PREFIX, rdata) !== undefined;
  const { answer } = resolution;
  if (!answer.some(({ rrset }) => rrset.type === RRType.AAAA && rrset.rdatas.some(isMapped))) return resolution;
  const kept = answer.flatMap(({ rrset, ttl }) => {
    if (rrset.type !== RRType.AAAA) return [{ rrset, ttl }];
    const rdatas = rrset.rdatas.filter((rdata) => !isMapped(rdata));
    return rdatas.length === 0 ? [] : [{ rrset: { ...rrset, rdatas, signatures: [] }, ttl }];
  });
  return { ...resolution, answer: kept, authentic: false };
}

/** How long there will be no AAAA records. */
function denialTtl({ authority }: Resolution): number {
  return authority.find(({ rrset }) => rrset.type === RRType.SOA)?.ttl ?? NO_SOA_TTL;
}

function worse(one: Verdict | undefined, other: Verdict | undefined): Verdict | undefined {
  return one?.status === 'secure' ? other : one;
}

function shorterKeep(...resolutions: readonly (Resolution | undefined)[]): Pick<Resolution, 'keepSeconds'> {
  const keepSeconds = Math.min(...resolutions.map((each) => each?.keepSeconds ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(keepSeconds) ? { keepSeconds } : {};
}
