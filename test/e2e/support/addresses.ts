/** The addresses of the private internet. Each server has an IPv4 and an IPv6 address with the same last part. */
export interface DualAddress {
  ipv4: string;
  ipv6: string;
}

/** What a delegation tells of a server: IPv4, IPv6, both, or no address at all. */
export type ServerAddress =
  | DualAddress
  | { ipv4: string; ipv6?: never }
  | { ipv6: string; ipv4?: never }
  | { ipv4?: never; ipv6?: never };

function serverAddress(part: number): DualAddress {
  return { ipv4: `10.53.0.${part}`, ipv6: `fd53::${part}` };
}

export const ADDRESSES = {
  root: serverAddress(1),
  topLevel: serverAddress(2),
  nsd: serverAddress(3),
  nsdSecond: serverAddress(4),
  pdns: serverAddress(10),
  pdnsForwarder: serverAddress(11),
  named: serverAddress(20),
  knot: serverAddress(30),
  /** One address for each thing that the tampering proxy does. */
  proxies: Array.from({ length: 20 }, (_, index) => serverAddress(50 + index)),
} as const;

/** Where the resolvers listen; several may run side by side. */
export const RESOLVER_IPV4 = ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5'] as const;
export const RESOLVER_IPV6 = '::1';

/** All addresses that the namespace's loopback must have beside 127.0.0.0/8 and ::1. */
export function listServerAddresses(): string[] {
  const { proxies, ...servers } = ADDRESSES;
  return [...Object.values(servers), ...proxies].flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6]);
}
