// The first lines of the log: what the program trusts, whom it asks, where it listens.
import type { Config } from '../config/schema.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { LocalEndpoint } from '../io/client.ts';
import type { Log } from '../telemetry/log.ts';
import { nameText } from '../wire/name-text.ts';
import type { RootHints } from './root-hints.ts';
import { anchorKeyTags } from './trust-anchors.ts';

export interface Announced {
  readonly config: Config;
  readonly anchors: TrustAnchors;
  readonly hints: RootHints;
  readonly endpoints: readonly LocalEndpoint[];
}

export function announce({ config, anchors, hints, endpoints }: Announced, log: Log): void {
  const { dnssec, recursor } = config;
  log.info('validation', { mode: dnssec.validation });
  for (const anchor of anchors.anchors()) {
    log.always('info', 'trust anchor', { zone: nameText(anchor.zone), keyTags: anchorKeyTags(anchor) });
  }
  if (anchors.anchors().length === 0) {
    log.warn('there is no trust anchor: nothing can be secure and no reply will have AD');
  }
  for (const { zone, reason } of anchors.negatives()) {
    log.always('info', 'negative trust anchor', { zone: nameText(zone), reason: reason || undefined });
  }
  for (const { zone, forwarders, recurse } of [...recursor.forward_zones, ...recursor.forward_zones_recurse]) {
    const servers = forwarders.map(({ address, port }) => endpointText(address, port));
    log.always('info', 'forward zone', { zone: nameText(zone), servers, recurse });
  }
  log.info('root hints', { source: hints.source });
  for (const { address, port } of endpoints) {
    log.always('info', 'listening', { address: endpointText(address, port), transports: ['udp', 'tcp'] });
  }
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
