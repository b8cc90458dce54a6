// How Linux lays out the structures of its socket calls on 64-bit little-endian machines, and one block of memory to put
// them in. glibc and musl differ in the type of some lengths but not in where they stand, and the padding stays zero.

/** `struct iovec`: base, length. */
export const IOVEC_OCTETS = 16;

/** `struct mmsghdr`: a `struct msghdr` of 56 octets, and the length that was received or sent. */
export const MMSGHDR_OCTETS = 64;
export const MMSGHDR = {
  name: 0,
  nameOctets: 8,
  iov: 16,
  iovCount: 24,
  control: 32,
  controlOctets: 40,
  flags: 48,
  length: 56,
};

/** `struct sockaddr_in` and `sockaddr_in6`: family, port, then the address. */
export const SOCKADDR_OCTETS = 28;
export const SOCKADDR4_OCTETS = 16;
export const SOCKADDR6_OCTETS = 28;

/** Room for the control message that says to which of our addresses a datagram came. */
export const CONTROL_OCTETS = 64;

/** `struct epoll_event` is packed on x64 and nowhere else. */
export const EPOLL_EVENT_OCTETS = process.arch === 'x64' ? 12 : 16;
export const EPOLL_EVENT_DATA = process.arch === 'x64' ? 4 : 8;

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_REUSEPORT = 15;
/** Linux's own, with CAP_NET_ADMIN: a size above the limit of net.core. */
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const IPPROTO_IP = 0;
export const IP_PKTINFO = 8;
export const IP_MTU_DISCOVER = 10;
/** Never set the don't-fragment bit from a path MTU that anyone may have forged (RFC 8085 3.2). */
export const IP_PMTUDISC_OMIT = 5;
export const IPPROTO_IPV6 = 41;
export const IPV6_MTU_DISCOVER = 23;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_V6ONLY = 26;
export const EPOLLIN = 1;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CLOEXEC = 0o2000000;
export const EFD_NONBLOCK = 0o4000;
export const EFD_CLOEXEC = 0o2000000;
export const CLOCK_MONOTONIC = 1;
export const TFD_NONBLOCK = 0o4000;
export const TFD_CLOEXEC = 0o2000000;
/** `struct itimerspec`: interval, then first expiration, each as seconds and nanoseconds of eight octets. */
export const ITIMERSPEC_OCTETS = 32;
export const MSG_PEEK = 0x2;
export const MSG_DONTWAIT = 0x40;
export const MSG_TRUNC = 0x20;
export const EINTR = 4;
export const EAGAIN = 11;

const CACHE_LINE = 64;
const TWO_TO_32 = 4_294_967_296;

/** A block of memory with an address, from which areas are taken one after the other and never given back. */
export class NativeMemory {
  readonly buffer: SharedArrayBuffer;
  readonly octets: Uint8Array;
  readonly words: Int32Array;
  /** Address of the first octet. */
  readonly base: number;
  private used = CACHE_LINE;

  constructor(buffer: SharedArrayBuffer, base: number, used = CACHE_LINE) {
    this.buffer = buffer;
    this.octets = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.base = base;
    this.used = used;
  }

  /** Offset of a new area, on a cache line of its own. Throws when the block is too small, which is a mistake of ours. */
  take(octets: number): number {
    const offset = this.used;
    this.used = (offset + octets + CACHE_LINE - 1) & ~(CACHE_LINE - 1);
    if (this.used > this.octets.length) throw new RangeError('the native memory is used up');
    return offset;
  }

  /** Writes the address of the octet at `target` into the eight octets at `offset`. */
  setPointer(offset: number, target: number): void {
    const address = this.base + target;
    this.words[offset >> 2] = address | 0;
    this.words[(offset >> 2) + 1] = Math.floor(address / TWO_TO_32);
  }

  /** Writes a length of eight octets (`size_t`). */
  setLength(offset: number, length: number): void {
    this.words[offset >> 2] = length;
    this.words[(offset >> 2) + 1] = 0;
  }

  setWord(offset: number, value: number): void {
    this.words[offset >> 2] = value;
  }

  word(offset: number): number {
    return this.words[offset >> 2] ?? 0;
  }
}
