// Numbers of what kedge knows beside its counters: signatures that end, forwarders that fail, anchors that match no key.
// Monitoring wants them before anything is broken.
import type { NumberSample } from './metrics.ts';
import type { WebTarget } from './target.ts';

/** Each is a time series of its own: the zones whose signatures end first. */
const MAX_ENDS = 1000;

export function kedgeNumbers(target: Pick<WebTarget, 'expiries' | 'forwarders' | 'anchors'>): NumberSample[] {
  return [...expiryNumbers(target), ...forwarderNumbers(target), ...anchorNumbers(target)];
}

function expiryNumbers(target: Pick<WebTarget, 'expiries'>): NumberSample[] {
  const earliest = new Map<string, number>();
  for (const { zone, expiresAt } of target.expiries(MAX_ENDS).zones) {
    const atSeconds = Math.floor(Date.parse(expiresAt) / 1000);
    earliest.set(zone, Math.min(atSeconds, earliest.get(zone) ?? atSeconds));
  }
  return Array.from(earliest, ([zone, value]) => ({
    exportedName: 'kedge_rrsig_expiry_timestamp_seconds',
    labels: { zone },
    kind: 'gauge',
    help: 'When the first of the signatures that were used of a zone ends, seconds since 1970',
    value,
  }));
}

/** Servers that have not been asked are left out. */
function forwarderNumbers(target: Pick<WebTarget, 'forwarders'>): NumberSample[] {
  const servers = target.forwarders().flatMap(({ zone, servers }) => servers.map((server) => ({ zone, ...server })));
  return servers
    .filter(({ state }) => state !== 'unknown')
    .map(({ zone, address, state }) => ({
      exportedName: 'kedge_forwarder_up',
      labels: { zone, server: address },
      kind: 'gauge',
      help: '1: the server of a forward zone answers; 0: it does not',
      value: state === 'ok' ? 1 : 0,
    }));
}

/** Anchors of zones whose keys have not been seen are left out. */
function anchorNumbers(target: Pick<WebTarget, 'anchors'>): NumberSample[] {
  return target
    .anchors()
    .anchors.filter(({ state }) => state !== 'unknown')
    .map(({ zone, state }) => ({
      exportedName: 'kedge_trust_anchor_matches',
      labels: { zone },
      kind: 'gauge',
      help: '1: a key of the zone is named by its trust anchor; 0: none is, and all answers below are bogus',
      value: state === 'matches' ? 1 : 0,
    }));
}
