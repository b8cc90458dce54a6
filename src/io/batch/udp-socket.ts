// UDP sockets made by system calls, without libuv.
import { networkInterfaces } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { addressText, parseAddress } from '../../wire/address-text.ts';
import {
  AF_INET,
  AF_INET6,
  IP_MTU_DISCOVER,
  IP_PKTINFO,
  IP_PMTUDISC_OMIT,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MTU_DISCOVER,
  IPV6_RECVPKTINFO,
  IPV6_V6ONLY,
  type NativeMemory,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCKADDR_OCTETS,
  SOCKADDR4_OCTETS,
  SOCKADDR6_OCTETS,
  SOL_SOCKET,
} from './layout.ts';
import type { Libc } from './libc.ts';

/** Why a socket could not be had; `code` is the name of the system's error, such as `EMFILE`. */
export interface SocketError {
  readonly call: string;
  readonly code: string;
}

/** The name of an error number. */
export function errorName(errno: number): string {
  return getSystemErrorName(-errno);
}

export interface SocketOptions {
  /** Numeric; IPv6 link-local ones with the name or number of their interface (`fe80::1%eth0`). */
  readonly address: string;
  readonly port: number;
  /** Several sockets of this program listen here, and the kernel spreads the clients over them. */
  readonly isShared?: boolean;
  /** Say to which of the machine's addresses a datagram came: for addresses that stand for all. */
  readonly wantsDestination?: boolean;
  readonly bufferOctets?: number;
}

/** Makes sockets; the scratch memory is its own. */
export class UdpSockets {
  private readonly libc: Libc;
  private readonly memory: NativeMemory;
  private readonly scratch: number;

  constructor(libc: Libc, memory: NativeMemory) {
    this.libc = libc;
    this.memory = memory;
    this.scratch = memory.take(SOCKADDR_OCTETS + 8);
  }

  /** A bound, non-blocking socket. */
  open(options: SocketOptions): number | SocketError {
    const { libc } = this;
    const family = options.address.includes(':') ? AF_INET6 : AF_INET;
    const fd = libc.socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return this.failed('socket');
    if (family === AF_INET6) {
      this.set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
      this.set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    } else {
      this.set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    }
    if (options.isShared === true && this.set(fd, SOL_SOCKET, SO_REUSEPORT, 1) < 0) return this.give(fd, 'setsockopt');
    if (options.wantsDestination === true) {
      if (family === AF_INET6) this.set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
      else this.set(fd, IPPROTO_IP, IP_PKTINFO, 1);
    }
    if (options.bufferOctets !== undefined) {
      this.setBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, options.bufferOctets);
      this.setBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, options.bufferOctets);
    }
    const octets = this.putAddress(options.address, options.port);
    if (libc.bind(fd, this.memory.base + this.scratch, octets) !== 0) return this.give(fd, 'bind');
    return fd;
  }

  /** Lets a socket hear one peer alone. */
  connect(fd: number, address: string, port: number): SocketError | undefined {
    const octets = this.putAddress(address, port);
    return this.libc.connect(fd, this.memory.base + this.scratch, octets) === 0 ? undefined : this.failed('connect');
  }

  /** The port that a socket is bound to. */
  portOf(fd: number): number {
    const { memory, scratch } = this;
    memory.setWord(scratch + SOCKADDR_OCTETS, SOCKADDR_OCTETS);
    if (this.libc.getsockname(fd, memory.base + scratch, memory.base + scratch + SOCKADDR_OCTETS) !== 0) return 0;
    return ((memory.octets[scratch + 2] ?? 0) << 8) | (memory.octets[scratch + 3] ?? 0);
  }

  /** With the privilege for it, beyond the kernel's limit; without, as much as the limit permits. */
  private setBuffer(fd: number, forced: number, limited: number, octets: number): void {
    if (this.set(fd, SOL_SOCKET, forced, octets) !== 0) this.set(fd, SOL_SOCKET, limited, octets);
  }

  private set(fd: number, level: number, name: number, value: number): number {
    this.memory.setWord(this.scratch, value);
    return this.libc.setsockopt(fd, level, name, this.memory.base + this.scratch, 4);
  }

  /** Why the last call failed. */
  failed(call: string): SocketError {
    return { call, code: errorName(this.libc.errno()) };
  }

  private give(fd: number, call: string): SocketError {
    const error = this.failed(call);
    this.libc.close(fd);
    return error;
  }

  /** Writes a socket address into the scratch memory; returns its octets. */
  private putAddress(text: string, port: number): number {
    const { memory, scratch } = this;
    const { octets } = memory;
    octets.fill(0, scratch, scratch + SOCKADDR_OCTETS);
    const [plain = '', zone = ''] = text.split('%');
    const address = parseAddress(plain);
    octets[scratch] = address?.length === 4 ? AF_INET : AF_INET6;
    octets[scratch + 2] = port >> 8;
    octets[scratch + 3] = port;
    if (address?.length === 4) {
      octets.set(address, scratch + 4);
      return SOCKADDR4_OCTETS;
    }
    if (address !== undefined) octets.set(address, scratch + 8);
    if (zone !== '') memory.setWord(scratch + 24, interfaceNumber(zone));
    return SOCKADDR6_OCTETS;
  }
}

/** The number of an interface that is given by number or name; 0 when there is none. */
function interfaceNumber(zone: string): number {
  if (/^[0-9]{1,9}$/.test(zone)) return Number(zone);
  for (const entry of networkInterfaces()[zone] ?? []) {
    if (entry.family === 'IPv6' && entry.scopeid !== 0) return entry.scopeid;
  }
  return 0;
}

/** The address in a socket address, as text. */
export function socketAddressText(
  octets: Uint8Array,
  offset: number,
): { address: string; port: number; family: 4 | 6 } {
  const port = ((octets[offset + 2] ?? 0) << 8) | (octets[offset + 3] ?? 0);
  if (octets[offset] === AF_INET) {
    return { address: addressText(octets.slice(offset + 4, offset + 8)), port, family: 4 };
  }
  const address = addressText(octets.slice(offset + 8, offset + 24));
  const scope = new DataView(octets.buffer, octets.byteOffset + offset + 24, 4).getUint32(0, true);
  return { address: scope === 0 ? address : `${address}%${scope}`, port, family: 6 };
}
