// Replies that were not in the cache, sent together at the end of a round.
import { clearInterface } from './client-batch.ts';
import {
  AF_INET,
  CONTROL_OCTETS,
  EAGAIN,
  EINTR,
  IOVEC_OCTETS,
  MMSGHDR,
  MMSGHDR_OCTETS,
  MSG_DONTWAIT,
  type NativeMemory,
  SOCKADDR_OCTETS,
  SOCKADDR4_OCTETS,
  SOCKADDR6_OCTETS,
} from './layout.ts';
import type { Libc } from './libc.ts';

const PLACES = 64;
const PLACE_OCTETS = 4096;
const ADDRESS_STRIDE = 32;

/** Where a reply goes: copies of what came with the query. */
export interface ReturnPath {
  readonly fd: number;
  /** `struct sockaddr_in` or `sockaddr_in6`. */
  readonly socketAddress: Uint8Array;
  /** Ancillary data; empty unless the socket listens on all addresses. */
  readonly control: Uint8Array;
  /** The system did not take the reply. */
  onSendError(): void;
}

export class ReplyBatch {
  private readonly libc: Libc;
  private readonly memory: NativeMemory;
  private readonly places: number;
  private readonly addresses: number;
  private readonly controls: number;
  private readonly iovecs: number;
  private readonly messages: number;
  private readonly paths: ReturnPath[] = [];
  private count = 0;

  constructor(libc: Libc, memory: NativeMemory) {
    this.libc = libc;
    this.memory = memory;
    this.places = memory.take(PLACES * PLACE_OCTETS);
    this.addresses = memory.take(PLACES * ADDRESS_STRIDE);
    this.controls = memory.take(PLACES * CONTROL_OCTETS);
    this.iovecs = memory.take(PLACES * IOVEC_OCTETS);
    this.messages = memory.take(PLACES * MMSGHDR_OCTETS);
    for (let index = 0; index < PLACES; index++) {
      const message = this.messages + index * MMSGHDR_OCTETS;
      const iovec = this.iovecs + index * IOVEC_OCTETS;
      memory.setPointer(iovec, this.places + index * PLACE_OCTETS);
      memory.setPointer(message + MMSGHDR.name, this.addresses + index * ADDRESS_STRIDE);
      memory.setPointer(message + MMSGHDR.iov, iovec);
      memory.setLength(message + MMSGHDR.iovCount, 1);
    }
  }

  /** Takes a copy of a reply; `flush` sends it. */
  add(path: ReturnPath, reply: Uint8Array): void {
    const { socketAddress: address, control } = path;
    // No UDP reply is longer: the bound of the configuration is 4096.
    if (reply.length > PLACE_OCTETS || control.length > CONTROL_OCTETS || address.length > SOCKADDR_OCTETS) {
      path.onSendError();
      return;
    }
    if (this.count === PLACES) this.flush();
    const index = this.count++;
    const { memory } = this;
    const message = this.messages + index * MMSGHDR_OCTETS;
    memory.octets.set(reply, this.places + index * PLACE_OCTETS);
    memory.octets.set(address, this.addresses + index * ADDRESS_STRIDE);
    memory.setLength(this.iovecs + index * IOVEC_OCTETS + 8, reply.length);
    memory.setWord(message + MMSGHDR.nameOctets, address[0] === AF_INET ? SOCKADDR4_OCTETS : SOCKADDR6_OCTETS);
    const at = this.controls + index * CONTROL_OCTETS;
    if (control.length > 0) {
      memory.octets.set(control, at);
      clearInterface(memory, at);
      memory.setPointer(message + MMSGHDR.control, at);
    } else {
      memory.setLength(message + MMSGHDR.control, 0);
    }
    memory.setLength(message + MMSGHDR.controlOctets, control.length);
    memory.setWord(message + MMSGHDR.flags, 0);
    this.paths[index] = path;
  }

  flush(): void {
    const total = this.count;
    if (total === 0) return;
    this.count = 0;
    for (let start = 0; start < total; ) {
      const fd = this.paths[start]?.fd ?? -1;
      let end = start + 1;
      while (end < total && this.paths[end]?.fd === fd) end++;
      this.send(fd, start, end);
      start = end;
    }
    this.paths.length = 0;
  }

  private send(fd: number, start: number, end: number): void {
    const { libc, memory } = this;
    for (let done = start; done < end; ) {
      const from = memory.base + this.messages + done * MMSGHDR_OCTETS;
      const count = libc.sendmmsg(fd, from, end - done, MSG_DONTWAIT);
      if (count > 0) {
        done += count;
        continue;
      }
      const errno = libc.errno();
      if (errno === EINTR) continue;
      // A full buffer loses the rest, any other error the one reply that it is about.
      const lost = errno === EAGAIN ? end : done + 1;
      for (; done < lost; done++) this.paths[done]?.onSendError();
    }
  }
}
