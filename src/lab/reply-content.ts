// What an authoritative server answers, as RRsets by section: RFC 1034 4.3.2, with the DNSSEC records of RFC 4035 3.1
// and RFC 5155 7.2 for those who ask for them. Octets are made of it in authority.ts.
import { Rcode, RRClass, RRType } from '../wire/constants.ts';
import type { Question } from '../wire/message.ts';
import { DomainName } from '../wire/name.ts';
import { parseNameRdata } from '../wire/rdata.ts';
import type { RRset } from '../wire/record.ts';
import { nameLength } from '../wire/writer.ts';
import { proveNameError, proveNoData, proveWildcardAnswer, proveWildcardNoData } from './denial-proof.ts';
import type { Zone, ZoneNode } from './zone.ts';
import { lookUp, type Synthesis } from './zone-lookup.ts';
import type { ZoneSet } from './zone-set.ts';

/** The content of a reply. RRsets carry their signatures; they are written when the client set DO. */
export interface ReplyContent {
  readonly rcode: number;
  /** AA: the answer comes from a zone served here, not from the parent's side of a cut. */
  readonly isAuthoritative: boolean;
  readonly answer: readonly RRset[];
  readonly authority: readonly RRset[];
  /** Addresses without which a referral is of no use: they fit, or the reply is truncated (RFC 9471). */
  readonly glue: readonly RRset[];
  /** Addresses that are left out when there is no room. */
  readonly additional: readonly RRset[];
}

/** Aliases followed for one question. */
const MAX_ALIASES = 16;

/** Offset of the host name in RDATA, for types whose hosts' addresses go along (RFC 1035 3.3, RFC 2782). */
const hostOffsets = new Map<number, number>([
  [RRType.NS, 0],
  [RRType.MX, 2],
  [RRType.SRV, 6],
]);

/** The content without any record. */
export function emptyContent(rcode: number, isAuthoritative = false): ReplyContent {
  return { rcode, isAuthoritative, answer: [], authority: [], glue: [], additional: [] };
}

/** Answers a question of class IN from the zones served. */
export function composeReply(zones: ZoneSet, question: Question, dnssecOk: boolean): ReplyContent {
  return new Composer(zones, question, dnssecOk).compose();
}

class Composer {
  private readonly zones: ZoneSet;
  private readonly type: number;
  private readonly dnssecOk: boolean;
  private name: DomainName;
  private rcode: number = Rcode.NOERROR;
  private readonly answer: RRset[] = [];
  private readonly authority: RRset[] = [];
  private readonly glue: RRset[] = [];
  private readonly additional: RRset[] = [];

  constructor(zones: ZoneSet, question: Question, dnssecOk: boolean) {
    this.zones = zones;
    this.type = question.type;
    this.dnssecOk = dnssecOk;
    this.name = question.name;
  }

  compose(): ReplyContent {
    let isAuthoritative = false;
    for (let aliases = 0; aliases <= MAX_ALIASES; aliases++) {
      const zone = this.zones.closest(this.name, this.type);
      if (zone === undefined) {
        if (aliases === 0) return emptyContent(Rcode.REFUSED);
        break;
      }
      const outcome = this.answerFrom(zone);
      // RFC 1034 4.3.2, RFC 1035 4.1.1: AA tells about the first owner name of the answer.
      if (aliases === 0) isAuthoritative = outcome !== 'referred';
      if (outcome !== 'alias') break;
    }
    return {
      rcode: this.rcode,
      isAuthoritative,
      answer: this.answer,
      authority: [...new Set(this.authority)],
      glue: this.glue,
      additional: this.additional,
    };
  }

  private answerFrom(zone: Zone): 'done' | 'alias' | 'referred' {
    const found = lookUp(zone, this.name, this.type);
    switch (found.kind) {
      case 'outside':
        this.rcode = Rcode.REFUSED;
        return 'done';
      case 'delegation':
        this.refer(zone, found.cut, found.nameServers);
        return 'referred';
      case 'dname':
        return this.redirect(found.rrset);
      case 'cname':
        this.answerWith(zone, found.rrset, found.synthesis);
        return this.follow(found.rrset);
      case 'answer':
        for (const rrset of found.rrsets) {
          // DNSSEC records go to those who set DO, or asked for the type (RFC 4035 3.1).
          if (this.type === RRType.ANY && rrset.type === RRType.NSEC && !this.dnssecOk) continue;
          this.answerWith(zone, rrset, found.synthesis);
        }
        return 'done';
      case 'no-data':
        this.deny(zone, () =>
          found.synthesis === undefined
            ? proveNoData(zone, this.name, found.node)
            : proveWildcardNoData(zone, this.name, found.synthesis),
        );
        return 'done';
      case 'name-error':
        // RFC 9824 3.1: compact denial says NOERROR, and in its NSEC record that there is no such name.
        if (zone.denial.kind !== 'compact' || !this.dnssecOk) this.rcode = Rcode.NXDOMAIN;
        this.deny(zone, () => proveNameError(zone, this.name, found.closestEncloser));
        return 'done';
    }
  }

  private answerWith(zone: Zone, rrset: RRset, synthesis: Synthesis | undefined): void {
    const expanded = rrset.name.octets === this.name.octets ? rrset : { ...rrset, name: this.name };
    const isSignedHere = synthesis !== undefined && zone.denial.kind === 'compact';
    this.answer.push(isSignedHere ? zone.denial.sign(expanded) : expanded);
    if (synthesis !== undefined && this.dnssecOk) {
      this.authority.push(...proveWildcardAnswer(zone, this.name, synthesis));
    }
    this.addHosts(zone, rrset, undefined);
  }

  private follow(cname: RRset): 'done' | 'alias' {
    const target = cname.rdatas[0] === undefined ? undefined : parseNameRdata(cname.rdatas[0]);
    if (target === undefined) return 'done';
    this.name = target;
    return 'alias';
  }

  /** RFC 6672 3.1: the DNAME, and a CNAME made from it with the same TTL, which nothing signs. */
  private redirect(dname: RRset): 'done' | 'alias' {
    this.answer.push(dname);
    const target = dname.rdatas[0] === undefined ? undefined : parseNameRdata(dname.rdatas[0]);
    const redirected = target === undefined ? undefined : this.name.replaceSuffix(dname.name, target);
    if (redirected === undefined) {
      this.rcode = Rcode.YXDOMAIN;
      return 'done';
    }
    this.answer.push({
      name: this.name,
      type: RRType.CNAME,
      class: RRClass.IN,
      ttl: dname.ttl,
      rdatas: [redirected.octets],
      signatures: [],
    });
    if (this.type === RRType.CNAME || this.type === RRType.ANY) return 'done';
    this.name = redirected;
    return 'alias';
  }

  /** RFC 2308 2: the SOA record, with the TTL that the negative answer may be cached for. */
  private deny(zone: Zone, prove: () => RRset[]): void {
    this.authority.push({ ...zone.soa, ttl: Math.min(zone.soa.ttl, zone.soaFields.minimum) });
    if (this.dnssecOk) this.authority.push(...prove());
  }

  /** RFC 4035 3.1.4: a referral carries the DS set, or the proof that there is none. */
  private refer(zone: Zone, cut: ZoneNode, nameServers: RRset): void {
    this.authority.push(nameServers);
    if (this.dnssecOk) {
      const ds = cut.rrsets.get(RRType.DS);
      this.authority.push(...(ds === undefined ? proveNoData(zone, cut.name, cut) : [ds]));
    }
    this.addHosts(zone, nameServers, cut.name);
  }

  /** Addresses of the hosts that a set names, as far as this zone has them; those below `cut` are needed. */
  private addHosts(zone: Zone, rrset: RRset, cut: DomainName | undefined): void {
    const offset = hostOffsets.get(rrset.type);
    if (offset === undefined) return;
    for (const rdata of rrset.rdatas) {
      const length = nameLength(rdata, offset);
      if (length < 0) continue;
      const host = DomainName.fromOctets(rdata.subarray(offset, offset + length));
      const into = cut !== undefined && host.isSubdomainOf(cut) ? this.glue : this.additional;
      for (const type of [RRType.A, RRType.AAAA]) {
        const addresses = zone.rrset(host, type);
        if (addresses !== undefined && !into.includes(addresses)) into.push(addresses);
      }
    }
  }
}
