// Forwarders that can never be asked, because no source address of their family is configured.
import { nameTextWithoutDot } from '../wire/name-text.ts';
import type { Findings } from './findings.ts';
import type { Place } from './input.ts';
import type { Config } from './schema.ts';
import { socketAddressText } from './socket-address.ts';

/** Warns of forwarders whose family `outgoing.source_address` leaves out: IPv6 ones, as long as nothing is said of it. */
export function checkForwarderFamilies(config: Config, placeOf: (path: string) => Place, findings: Findings): void {
  const sources = config.outgoing.source_address;
  const isUsed = (address: string) => sources.some((source) => source.includes(':') === address.includes(':'));
  for (const list of ['forward_zones', 'forward_zones_recurse'] as const) {
    const path = `recursor.${list}`;
    for (const { zone, forwarders, place } of config.recursor[list]) {
      const unused = forwarders.filter(({ address }) => !isUsed(address));
      const [first] = unused;
      if (first === undefined) continue;
      const source = first.address.includes(':') ? "'::'" : '0.0.0.0';
      const message = `zone ${nameTextWithoutDot(zone)}: ${unused.map(socketAddressText).join(', ')} will not be asked: outgoing.source_address (query-local-address) lists no address of that family; add ${source}`;
      findings.warn(place ?? placeOf(path), path, message);
    }
  }
}
