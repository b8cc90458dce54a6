// Who asked, and over what: addresses as octets, so that access control and limits never parse text.

/** Where a query came from. */
export interface Client {
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
}

const IPV4_LOOPBACK = 127;

/** Whether the client is on this machine: 127.0.0.0/8 (RFC 1122 3.2.1.3) or ::1 (RFC 4291 2.5.3). */
export function isLoopback(address: Uint8Array): boolean {
  const octets = unmapped(address);
  if (octets.length === 4) return octets[0] === IPV4_LOOPBACK;
  for (let index = 0; index < 15; index++) if (octets[index] !== 0) return false;
  return octets[15] === 1;
}

/** The IPv4 address within an IPv4-mapped IPv6 address (RFC 4291 2.5.5.2); other addresses as they are. */
export function unmapped(address: Uint8Array): Uint8Array {
  if (address.length !== 16 || address[10] !== 0xff || address[11] !== 0xff) return address;
  for (let index = 0; index < 10; index++) if (address[index] !== 0) return address;
  return address.subarray(12);
}
