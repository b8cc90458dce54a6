// The last steps from given values to a Config: one value under two names, what has no effect, and rules between options.

import { type AlgorithmPolicy, isSupportedAlgorithm, isSupportedDigest } from '../dnssec/algorithms.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { builtInTrustAnchors, isBuiltInTrustAnchor } from './built-in-anchors.ts';
import { dsText } from './ds-text.ts';
import type { Findings } from './findings.ts';
import { type GivenValues, isDefault, sameValue } from './given-values.ts';
import type { Place } from './input.ts';
import { buildConfig, type Config, type OptionEntry, optionsSameAs } from './schema.ts';
import type { ForwardZone, TrustAnchor } from './structured-types.ts';

/** Port of DNS over TLS (RFC 7858 3.1). */
const DNS_OVER_TLS_PORT = 853;

/** Where an option was given; the start of the file for one that was not. */
export type PlaceOf = (path: string) => Place;

/** The configuration that given values stand for. Check `findings.errors` before using it. */
export function configOf(given: GivenValues, file: string, findings: Findings): Config {
  const values = new Map<string, unknown>();
  for (const [path, { entry, value, place }] of given) {
    values.set(path, value);
    reportEffect(entry, value, place, findings);
    for (const twin of optionsSameAs(entry)) {
      const other = given.get(twin.path);
      if (other === undefined) values.set(twin.path, value);
      else if (entry.option.sameAs !== undefined && !sameValue(other.value, value)) {
        findings.error(
          place,
          path,
          `${path} and ${twin.path} are the same thing, with different values; give one of them`,
        );
      }
    }
  }
  const placeOf: PlaceOf = (path) => given.get(path)?.place ?? { file, line: 1, column: 1 };
  return settled(buildConfig(values), placeOf, findings);
}

/** Says when a value has no effect today, or stops where ignoring it would be dangerous. */
export function reportEffect(entry: OptionEntry, value: unknown, place: Place, findings: Findings): void {
  const { effect, instead = '' } = entry.option;
  if (effect === 'yes' || isDefault(entry, value)) return;
  if (effect === 'accepted') findings.warn(place, entry.path, 'has no effect in kedge today');
  else findings.error(place, entry.path, `kedge does not support this, and ignoring it would be unsafe. ${instead}`);
}

/** Applies the rules between options: the configuration with lists in their final form, and findings. */
export function settled(config: Config, placeOf: PlaceOf, findings: Findings): Config {
  checkPorts(config, placeOf, findings);
  checkForwarderTransport(config, placeOf, findings);
  if (config.incoming.allow_from.length === 0) {
    findings.warn(placeOf('incoming.allow_from'), 'incoming.allow_from', 'the list is empty: everyone may ask');
  }
  const trustanchors = settledTrustAnchors(config);
  checkTrustAnchors(config, trustanchors, placeOf, findings);
  const forwarding = settledForwardZones(config, placeOf, findings);
  return {
    ...config,
    dnssec: { ...config.dnssec, trustanchors },
    recursor: { ...config.recursor, ...forwarding },
  };
}

function checkPorts({ outgoing }: Config, placeOf: PlaceOf, findings: Findings): void {
  if (outgoing.udp_source_port_min <= outgoing.udp_source_port_max) return;
  const path = 'outgoing.udp_source_port_min';
  findings.error(
    placeOf(path),
    path,
    `${outgoing.udp_source_port_min} is above udp_source_port_max, ${outgoing.udp_source_port_max}`,
  );
}

/** Questions that were to be encrypted must not go out in plain text. */
function checkForwarderTransport({ outgoing, recursor }: Config, placeOf: PlaceOf, findings: Findings): void {
  if (!outgoing.dot_to_port_853) return;
  for (const list of ['forward_zones', 'forward_zones_recurse'] as const) {
    for (const { zone, forwarders } of recursor[list]) {
      if (!forwarders.some((forwarder) => forwarder.port === DNS_OVER_TLS_PORT)) continue;
      const path = `recursor.${list}`;
      findings.error(
        placeOf(path),
        path,
        `zone ${nameTextWithoutDot(zone)}: port 853 asks for DNS over TLS, which kedge does not have yet; use port 53`,
      );
    }
  }
}

/** Anchors of one name are joined; the built-in ones stay unless the root is configured or they are switched off. */
function settledTrustAnchors({ dnssec, kedge }: Config): readonly TrustAnchor[] {
  const written = dnssec.trustanchors.filter((anchor) => !isBuiltInTrustAnchor(anchor));
  const byName = new Map<string, TrustAnchor>();
  for (const anchor of written) {
    const earlier = byName.get(anchor.name.key);
    const all = [...(earlier?.dsRecords ?? []), ...anchor.dsRecords];
    const distinct = [...new Map(all.map((ds) => [dsText(ds), ds])).values()];
    byName.set(anchor.name.key, { name: anchor.name, dsRecords: distinct });
  }
  const rootIsWritten = written.some((anchor) => anchor.name.isRoot);
  const builtIn = kedge.default_trustanchor && !rootIsWritten ? builtInTrustAnchors : [];
  return [...builtIn, ...byName.values()];
}

function checkTrustAnchors(
  config: Config,
  anchors: readonly TrustAnchor[],
  placeOf: PlaceOf,
  findings: Findings,
): void {
  const path = 'dnssec.trustanchors';
  const warn = (message: string) => findings.warn(placeOf(path), path, message);
  const policy: AlgorithmPolicy = {
    sha1: config.kedge.sha1,
    disabledAlgorithms: new Set(config.dnssec.disabled_algorithms),
    disabledDigests: new Set(),
  };
  const negative = new Set(config.dnssec.negative_trustanchors.map((anchor) => anchor.name.key));
  const written = anchors.filter((anchor) => !isBuiltInTrustAnchor(anchor));
  if (config.dnssec.validation === 'off' && written.length > 0) warn('validation is off: the anchors are not used');
  for (const { name, dsRecords } of written) {
    const zone = nameTextWithoutDot(name);
    if (negative.has(name.key)) warn(`${zone} has a negative trust anchor too, and that wins`);
    if (dsRecords.some((ds) => isSupportedAlgorithm(ds.algorithm, policy) && isSupportedDigest(ds.digestType, policy)))
      continue;
    // RFC 4035 5.2: no supported algorithm, no validation.
    warn(`no anchor of ${zone} has a supported algorithm and digest: the zone will be insecure (see also kedge.sha1)`);
  }
}

/** At most one entry for a zone in both lists together: a later one replaces an earlier one, as in PowerDNS. */
function settledForwardZones({ recursor }: Config, placeOf: PlaceOf, findings: Findings) {
  const latest = new Map<string, ForwardZone>();
  for (const zone of [...recursor.forward_zones, ...recursor.forward_zones_recurse]) {
    if (latest.has(zone.zone.key)) {
      const path = zone.recurse ? 'recursor.forward_zones_recurse' : 'recursor.forward_zones';
      findings.warn(placeOf(path), path, `${nameTextWithoutDot(zone.zone)} is given twice; the later entry is used`);
    }
    latest.set(zone.zone.key, zone);
  }
  const isLatest = (zone: ForwardZone) => latest.get(zone.zone.key) === zone;
  return {
    forward_zones: recursor.forward_zones.filter(isLatest),
    forward_zones_recurse: recursor.forward_zones_recurse.filter(isLatest),
  };
}
