// Sends what is meant for port 53 of the lab's servers to the ports where they listen: nobody may bind port 53 without
// privileges, and delegations cannot name another one.
import { serverAddress } from '../iterator/server-address.ts';
import type { LabEndpoint } from '../lab/lab-servers.ts';
import type { Ask, Exchange, Outcome, PendingAsk } from '../ports/exchange.ts';
import { parseAddress } from '../wire/address-text.ts';

const DNS_PORT = 53;

export class LabExchange implements Exchange {
  private readonly exchange: Exchange;
  private readonly endpointOf: (address: string) => LabEndpoint | undefined;

  constructor(exchange: Exchange, endpointOf: (address: string) => LabEndpoint | undefined) {
    this.exchange = exchange;
    this.endpointOf = endpointOf;
  }

  ask(ask: Ask, done: (outcome: Outcome) => void): PendingAsk {
    const { server } = ask;
    const endpoint = server.port === DNS_PORT ? this.endpointOf(server.address) : undefined;
    const octets = endpoint === undefined ? undefined : parseAddress(endpoint.address);
    if (endpoint === undefined || octets === undefined) return this.exchange.ask(ask, done);
    return this.exchange.ask({ ...ask, server: serverAddress(octets, endpoint.port) }, done);
  }
}
