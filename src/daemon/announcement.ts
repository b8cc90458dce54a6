// The first lines of the log: what the program trusts, whom it asks, where it listens.
import type { Config } from '../config/schema.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { LocalEndpoint } from '../io/client.ts';
import type { Log, LogFields } from '../telemetry/log.ts';
import { nameText } from '../wire/name-text.ts';
import type { RootHints } from './root-hints.ts';
import { anchorKeyTags } from './trust-anchors.ts';

export interface Announced {
  readonly config: Config;
  readonly anchors: TrustAnchors;
  readonly hints: RootHints;
  readonly endpoints: readonly LocalEndpoint[];
}

/** Most anchors and most zones of each kind that get a line: a log is read by people. */
const MAX_LINES = 100;

export function announce({ config, anchors, hints, endpoints }: Announced, log: Log): void {
  const { dnssec, recursor } = config;
  log.info('validation', { mode: dnssec.validation });
  announceEach(anchors.anchors(), 'trust anchor', log, (anchor) => {
    return { zone: nameText(anchor.zone), keyTags: anchorKeyTags(anchor) };
  });
  if (anchors.anchors().length === 0) {
    log.warn('there is no trust anchor: nothing can be secure and no reply will have AD');
  }
  announceEach(anchors.negatives(), 'negative trust anchor', log, ({ zone, reason }) => {
    return { zone: nameText(zone), reason: reason || undefined };
  });
  const forwardZones = [...recursor.forward_zones, ...recursor.forward_zones_recurse];
  announceEach(forwardZones, 'forward zone', log, ({ zone, forwarders, recurse }) => {
    const servers = forwarders.map(({ address, port }) => endpointText(address, port));
    return { zone: nameText(zone), servers, recurse };
  });
  log.info('root hints', { source: hints.source });
  for (const { address, port } of endpoints) {
    log.always('info', 'listening', { address: endpointText(address, port), transports: ['udp', 'tcp'] });
  }
}

function announceEach<T>(all: readonly T[], what: string, log: Log, fieldsOf: (one: T) => LogFields): void {
  for (const one of all.slice(0, MAX_LINES)) log.always('info', what, fieldsOf(one));
  if (all.length <= MAX_LINES) return;
  log.always('info', `only the first ${MAX_LINES} of each kind are listed`, { kind: what, all: all.length });
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
