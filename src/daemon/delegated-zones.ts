// Zone cuts within zone files, as the forward zones that they amount to.
import { serverAddress } from '../iterator/server-address.ts';
import type { LocalDelegation } from '../policy/auth-zone.ts';
import type { ForwardZone } from '../resolver/options.ts';

/** Forward zones whose servers are those of the delegations, by name and with the addresses that local zones have. */
export function delegatedZones(delegations: readonly LocalDelegation[]): ForwardZone[] {
  return delegations.map(({ zone, nameServers }) => ({
    zone,
    servers: [],
    recurse: false,
    first: false,
    delegatedTo: nameServers.map(({ name, addresses }) => ({
      name,
      glue: addresses.map((octets) => serverAddress(octets)),
    })),
  }));
}
