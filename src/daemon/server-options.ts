// What the configuration means for the client side: pipeline options and local data.
import { hostname } from 'node:os';
import type { Config } from '../config/schema.ts';
import type { LocalZone } from '../config/structured-types.ts';
import type { LocalDataOptions } from '../policy/local-data.ts';
import type { ServerIdentity } from '../server/chaos.ts';
import type { NotifyRules } from '../server/notify-access.ts';
import type { PipelineOptions } from '../server/pipeline.ts';
import { nameOf } from '../wire/name-text.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { parseZoneText } from '../wire/zone-text.ts';
import { readAuthZones, readHosts, type Warn } from './local-files.ts';
import { StartError } from './start-error.ts';
import { programVersion } from './version.ts';

/** Seconds; TTL of local records that do not say theirs, as in Unbound. */
const LOCAL_DATA_TTL = 3600;
/** Loopback and private sources may have this many times as much in work as strangers (SECURITY 1.7). */
const PRIVATE_SOURCE_FACTOR = 10;
/** Longest identity that goes into an NSID option. */
const MAX_SERVER_ID_OCTETS = 64;

/** The anchors as lines, for `trustanchor.server`. */
export interface AnchorLines {
  readonly positive: () => readonly string[];
  readonly negative: () => readonly string[];
}

export function pipelineOptions(config: Config, anchors: AnchorLines): PipelineOptions {
  const { incoming, recursor, dnssec, kedge } = config;
  const perSource = kedge.limits.client_max_waiting;
  const serverId = serverIdOf(config);
  return {
    validation: {
      mode: dnssec.validation,
      permissive: kedge.val_permissive_mode,
      ignoreCheckingDisabled: kedge.ignore_cd_flag,
    },
    reply: {
      udpOctets: incoming.udp_truncation_threshold,
      loopbackUdpOctets: Math.max(incoming.udp_truncation_threshold, kedge.udp_truncation_threshold_loopback),
      extendedErrors: recursor.extended_resolution_errors,
      negativeAnchorErrors: dnssec.nta_extended_error,
      serverId: serverId === undefined ? undefined : new TextEncoder().encode(serverId).slice(0, MAX_SERVER_ID_OCTETS),
      dnssec: dnssec.validation !== 'off',
    },
    waiting: { perSource, perPrivateSource: perSource * PRIVATE_SOURCE_FACTOR, total: recursor.max_mthreads },
    anyToTcp: recursor.any_to_tcp,
    allowNoRecursionDesired: incoming.allow_no_rd,
    refusesUnauthorised: kedge.refuse_unauthorised,
    identity: identityOf(config, serverId, anchors),
  };
}

function serverIdOf({ recursor }: Config): string | undefined {
  const id = recursor.server_id ?? hostname();
  return id === 'disabled' || id === '' ? undefined : id;
}

function identityOf({ recursor }: Config, id: string | undefined, anchors: AnchorLines): ServerIdentity {
  const version = recursor.version_string ?? `kedge ${programVersion()}`;
  const isAllowed = recursor.allow_trust_anchor_query;
  return {
    version: version === '' ? undefined : version,
    id,
    trustAnchors: isAllowed ? anchors.positive : undefined,
    negativeTrustAnchors: isAllowed ? anchors.negative : undefined,
  };
}

/**
 * Without the built-in root anchor the configuration describes a tree of its own. RFC 6761 6.2 reserves `test.` for
 * exactly that use, so that it is resolved there unless the configuration says otherwise.
 */
const PRIVATE_TREE_ZONES: readonly LocalZone[] = [{ zone: nameOf('test'), zoneType: 'nodefault' }];

/**
 * Local zones and records. Reads zone files and the hosts file anew each time; throws a `StartError` for what cannot be
 * read, with file and line.
 */
export function localDataOptions(config: Config, warn: Warn = () => {}): LocalDataOptions {
  const { recursor, kedge } = config;
  return {
    zones: kedge.default_trustanchor ? kedge.local_zone : [...PRIVATE_TREE_ZONES, ...kedge.local_zone],
    records: kedge.local_data.flatMap(localRecord),
    authZones: readAuthZones(config, warn),
    hosts: readHosts(config, warn),
    forwardZones: [...recursor.forward_zones, ...recursor.forward_zones_recurse].map(({ zone }) => zone),
    serveRfc1918: recursor.serve_rfc1918,
    serveRfc6303: recursor.serve_rfc6303,
  };
}

/** Whose NOTIFY wipes which zones. */
export function notifyRules({ incoming, recursor }: Config): NotifyRules {
  const forwarded = [...recursor.forward_zones, ...recursor.forward_zones_recurse];
  const marked = forwarded.filter(({ notifyAllowed }) => notifyAllowed).map(({ zone }) => zone);
  return { from: incoming.allow_notify_from, zones: [...incoming.allow_notify_for, ...marked] };
}

function localRecord(text: string): readonly ResourceRecord[] {
  const { records, errors } = parseZoneText(text, { defaultTtl: LOCAL_DATA_TTL });
  const [error] = errors;
  if (error !== undefined) throw new StartError(`kedge.local_data: '${text}': ${error.message}`);
  return records;
}
