// Looks at the forward zones once they are in use, and says what an operator should know: servers that are dead or drop
// signatures, anchors that fit no key, zones that need an anchor (POWERDNS 4.3). Changes nothing and trusts nothing: what
// is found is only told, to the log and to who asks, with the line to paste.
import { dsText } from '../config/ds-text.ts';
import { luaCall, yamlAnchorLine, yamlNegativeLine } from '../config/edit/anchor-lines.ts';
import { algorithmText } from '../dnssec/algorithms.ts';
import { dsOfKey, entryPointKeys, type InspectedKeySet, inspectKeySet, keyOfDS } from '../dnssec/key-set.ts';
import type { PositiveAnchor, TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import type { ForwardZone } from '../resolver/options.ts';
import type { Resolution, Resolver } from '../resolver/resolution.ts';
import type { Log, LogFields } from '../telemetry/log.ts';
import { Rcode, RRClass, RRType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { sameOctets } from '../wire/record.ts';
import { type Inquiry, inquire } from './forwarder-inquiry.ts';
import { anchorKeyTags } from './trust-anchors.ts';

/** Zones and servers looked at in one go: a start with thousands must not become a flood. */
const MAX_ZONES = 20;
const MAX_SERVERS_PER_ZONE = 6;
const SHA256 = 2;

/**
 * Something that an operator should know about a forward zone.
 * - `error`: everything in the zone is bogus, or will be.
 * - `warning`: one of its servers is of no use.
 * - `info`: it could be better.
 */
export interface ForwarderFinding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** As the log has them: `server`, `why`, `remedy`; `lua` and `yaml` are lines to paste. */
  readonly fields: LogFields;
}

export interface ForwarderCheckPorts {
  /** Hears what was found of each zone, nothing included. */
  readonly onZone?: ((zone: DomainName, findings: readonly ForwarderFinding[]) => void) | undefined;
  readonly exchange: Exchange;
  readonly resolver: Resolver;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ForwarderCheckOptions {
  /** Those to look at: all of them at the start, the changed ones later. */
  readonly zones: readonly ForwardZone[];
  readonly anchors: TrustAnchors;
  /** Whether the validation mode validates; else only dead servers are of interest. */
  readonly validates: boolean;
  /** Whether the public tree can be asked what it says about a zone. */
  readonly isOnline: boolean;
}

/** Checks one zone after the other, one server after the other. Ends early, silently, when the exchange is closed. */
export async function checkForwarders(options: ForwarderCheckOptions, ports: ForwarderCheckPorts): Promise<void> {
  const check = new ForwarderCheck(options, ports);
  for (const zone of options.zones.slice(0, MAX_ZONES)) {
    await check.zone(zone);
    ports.onZone?.(zone.zone, check.takeFindings());
  }
  const { length } = options.zones;
  if (length > MAX_ZONES) ports.log.info('only some forward zones were checked', { checked: MAX_ZONES, zones: length });
}

/** A zone's keys as the first server that has them shows them, or that all say it has none. */
type ZoneKeys = InspectedKeySet | 'unsigned' | 'unknown';

class ForwarderCheck {
  private readonly options: ForwarderCheckOptions;
  private readonly ports: ForwarderCheckPorts;
  /** Servers that gave no reply for an earlier zone: not waited for again. */
  private readonly dead = new Set<string>();
  private findings: ForwarderFinding[] = [];

  constructor(options: ForwarderCheckOptions, ports: ForwarderCheckPorts) {
    this.options = options;
    this.ports = ports;
  }

  /** Those since the last call. */
  takeFindings(): readonly ForwarderFinding[] {
    const { findings } = this;
    this.findings = [];
    return findings;
  }

  async zone(zone: ForwardZone): Promise<void> {
    let keys: ZoneKeys = 'unknown';
    for (const server of zone.servers.slice(0, MAX_SERVERS_PER_ZONE)) {
      if (this.dead.has(server.key)) {
        const fields = { server: serverText(server), zone: nameText(zone.zone), why: 'no reply for another zone' };
        this.findings.push({ severity: 'warning', message: 'a forwarder does not answer', fields });
        continue;
      }
      const inquiry = await inquire(zone, server, this.options.validates, this.ports);
      if (inquiry.kind === 'dead') this.dead.add(server.key);
      this.reportServer(zone, serverText(server), inquiry);
      if (inquiry.kind === 'keys' && typeof keys === 'string' && inquiry.rrset.signatures.length > 0) {
        keys = inspectKeySet(inquiry.rrset, this.ports.clock.wallSeconds());
      } else if (inquiry.kind === 'unsigned' && keys === 'unknown') {
        keys = 'unsigned';
      }
    }
    if (!this.options.validates || zone.zone.isRoot) return;
    const closest = this.options.anchors.closest(zone.zone);
    if (closest?.kind !== 'anchor') return;
    if (closest.zone.equals(zone.zone)) this.reportAnchor(closest, keys);
    else if (this.options.isOnline) await this.reportMissingAnchor(zone.zone, keys);
  }

  private reportServer({ zone }: ForwardZone, server: string, inquiry: Inquiry): void {
    const warn = (message: string, fields: LogFields): void => {
      this.tell('warning', `${message} ${server} ${zone.key}`, message, { server, zone: nameText(zone), ...fields });
    };
    switch (inquiry.kind) {
      case 'dead':
        warn('a forwarder does not answer', {
          why: inquiry.why,
          remedy: 'start it, correct its address and port, or take it out of the forward zone',
        });
        return;
      case 'unfit':
        warn('a forwarder answers, but not for its zone', {
          why: inquiry.why,
          remedy: 'give the zone to that server and let this machine ask it, or take it out of the forward zone',
        });
        return;
      case 'no-edns':
        warn('a forwarder does not speak EDNS, so no signature comes from it', {
          remedy: `update it, ask the server behind it, or add ${luaCall('addNTA', zone, 'forwarder without DNSSEC')}`,
        });
        return;
      case 'keys':
        if (inquiry.rrset.signatures.length === 0) this.reportDropped(zone, server);
        return;
      case 'unsigned':
        // The root is signed: a server that gives no keys for it keeps them back.
        if (zone.isRoot) this.reportDropped(zone, server);
        return;
      case 'answers':
        return;
      default:
        inquiry satisfies never;
    }
  }

  private reportDropped(zone: DomainName, server: string): void {
    this.tell(
      'error',
      `dropped ${server} ${zone.key}`,
      'a forwarder drops signatures (RRSIG): everything in its zone is bogus',
      {
        server,
        zone: nameText(zone),
        remedy: zone.isRoot
          ? 'switch DNSSEC on there, choose another forwarder, or resolve without one'
          : `ask the server behind it, or add ${luaCall('addNTA', zone, 'forwarder drops signatures')}`,
      },
    );
  }

  /** A zone with an anchor of its own: does it name one of the keys that the zone now has? */
  private reportAnchor(anchor: PositiveAnchor, keys: ZoneKeys): void {
    if (keys === 'unknown') return;
    const { zone } = anchor;
    const fields = { zone: nameText(zone), anchorTags: anchorKeyTags(anchor) };
    const key = `anchor ${zone.key}`;
    if (keys === 'unsigned') {
      this.tell('error', key, 'a forward zone has a trust anchor and is not signed: everything in it is bogus', {
        ...fields,
        remedy: `sign the zone, or remove its anchor; ${luaCall('addNTA', zone, 'not signed')} turns validation off for it`,
      });
      return;
    }
    const named = keys.keys.filter((candidate) => isNamed(anchor, keys, candidate.dnskey.rdata));
    const servedTags = keys.keys.map(({ keyTag }) => keyTag);
    if (named.length === 0) {
      const sameTag = servedTags.some((tag) => fields.anchorTags.includes(tag));
      const what = sameTag
        ? 'a trust anchor has the key tag of a key of its zone, but not its digest: everything in the zone is bogus'
        : 'a trust anchor names no key that its zone has: everything in the zone is bogus';
      this.tell('error', key, what, { ...fields, servedTags, ...this.advice(zone, keys) });
      return;
    }
    if (named.some(({ signsSet }) => signsSet)) return;
    this.tell(
      'error',
      key,
      'the key that a trust anchor names does not sign its zone: everything in the zone is bogus',
      {
        ...fields,
        servedTags,
        why: named.flatMap(({ problem }) => problem ?? [])[0],
        ...this.advice(zone, keys),
      },
    );
  }

  /** A zone that depends on what the public tree says of it. */
  private async reportMissingAnchor(zone: DomainName, keys: ZoneKeys): Promise<void> {
    const resolution = await this.resolve(zone, RRType.DS);
    const isSigned = typeof keys !== 'string' && entryPointKeys(keys).length > 0;
    const key = `no anchor ${zone.key}`;
    if (resolution.rcode === Rcode.NXDOMAIN && resolution.verdict?.status === 'secure') {
      const unsigned = {
        lua: luaCall('addNTA', zone, 'internal zone'),
        yaml: yamlNegativeLine(zone, 'internal zone'),
      };
      this.tell(
        'error',
        key,
        'a forward zone will be bogus: the signed public DNS proves that its name does not exist, and it has no trust anchor',
        { zone: nameText(zone), ...(isSigned ? this.advice(zone, keys) : unsigned) },
      );
      return;
    }
    const hasNoDS = resolution.rcode === Rcode.NOERROR && resolution.answer.length === 0;
    if (!isSigned || !hasNoDS || resolution.verdict?.status === 'bogus') return;
    this.tell(
      'info',
      key,
      'a forward zone is signed but has no trust anchor, so its answers are not validated and never have AD',
      { zone: nameText(zone), ...this.advice(zone, keys) },
    );
  }

  /** The lines that would trust the keys that sign the zone now: for a person who has compared them. */
  private advice(zone: DomainName, keys: ZoneKeys): LogFields {
    const entryPoints = typeof keys === 'string' ? [] : entryPointKeys(keys);
    const ds = entryPoints.flatMap((key) => dsOfKey(zone, key, SHA256) ?? []).map(dsText);
    if (ds.length === 0) return { remedy: 'the zone has no entry point key that signs it now: sign it anew' };
    return {
      keys: entryPoints.map(({ keyTag, dnskey }) => `${keyTag} ${algorithmText(dnskey.algorithm)}`),
      remedy: "compare the digest with what the zone's own server shows, then add",
      lua: ds.map((text) => luaCall('addTA', zone, text)).join(' '),
      yaml: yamlAnchorLine(zone, ds),
    };
  }

  private resolve(name: DomainName, type: number): Promise<Resolution> {
    const question = { name, type, class: RRClass.IN };
    return new Promise((resolve) => {
      this.ports.resolver.resolve(
        { question, checkingDisabled: false, recursionDesired: true, validate: true },
        resolve,
      );
    });
  }

  private tell(severity: ForwarderFinding['severity'], key: string, message: string, fields: LogFields): void {
    this.findings.push({ severity, message, fields });
    this.ports.log.limited(severity === 'info' ? 'info' : 'warn', key, message, fields);
  }
}

function isNamed({ ds, dnskeys }: PositiveAnchor, keys: InspectedKeySet, rdata: Uint8Array): boolean {
  return (
    ds.some((entry) => keyOfDS(keys, entry)?.dnskey.rdata === rdata) || dnskeys.some((key) => sameOctets(key, rdata))
  );
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`: as findings name servers. */
export function serverText({ address, port, family }: { address: string; port: number; family: 4 | 6 }): string {
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
