// Server addresses from address records.
import type { ServerAddress } from '../ports/exchange.ts';
import { addressText } from '../wire/address-text.ts';

/** The port that servers named in the DNS listen on. */
export const DNS_PORT = 53;

/** The server at an address given as 4 or 16 octets. */
export function serverAddress(octets: Uint8Array, port: number = DNS_PORT): ServerAddress {
  const address = addressText(octets);
  return { address, port, family: octets.length === 4 ? 4 : 6, key: `${address}#${port}` };
}
