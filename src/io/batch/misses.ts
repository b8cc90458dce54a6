// Queries that the reply cache does not know, on their way to the slow path and back.
import type { Client, ClientCounters, LocalEndpoint, OnQuery } from '../client.ts';
import type { MissHandler } from './client-batch.ts';
import { AF_INET, type NativeMemory, SOCKADDR4_OCTETS, SOCKADDR6_OCTETS } from './layout.ts';
import type { ReplyBatch, ReturnPath } from './reply-batch.ts';
import { socketAddressText } from './udp-socket.ts';

const NO_CONTROL = new Uint8Array(0);

/** Turns what the cache did not know into queries for the slow path. */
export class Misses implements MissHandler {
  private readonly memory: NativeMemory;
  private readonly batch: ReplyBatch;
  private readonly fd: number;
  private readonly local: LocalEndpoint;
  private readonly onQuery: OnQuery;
  private readonly counters: ClientCounters;
  private readonly later: (work: () => void) => boolean;
  private isOpen = true;

  /** `later` takes work that may wait for its turn; what it refuses is lost. */
  constructor(
    memory: NativeMemory,
    batch: ReplyBatch,
    fd: number,
    local: LocalEndpoint,
    onQuery: OnQuery,
    counters: ClientCounters,
    later: (work: () => void) => boolean,
  ) {
    this.memory = memory;
    this.batch = batch;
    this.fd = fd;
    this.local = local;
    this.onQuery = onQuery;
    this.counters = counters;
    this.later = later;
  }

  close(): void {
    this.isOpen = false;
  }

  onMiss(query: number, length: number, address: number, control: number, controlOctets: number): void {
    const { octets } = this.memory;
    const isIPv4 = octets[address] === AF_INET;
    const client = new BatchClient(
      octets.slice(address, address + (isIPv4 ? SOCKADDR4_OCTETS : SOCKADDR6_OCTETS)),
      controlOctets === 0 ? NO_CONTROL : octets.slice(control, control + controlOctets),
      this.fd,
      this.local,
      this.counters,
    );
    if (client.port === 0) {
      this.counters.udpUnanswerable++;
      return;
    }
    const copy = octets.slice(query, query + length);
    this.later(() => this.handOn(copy, client));
  }

  private handOn(query: Uint8Array, client: BatchClient): void {
    if (!this.isOpen) return;
    this.counters.udpQueries++;
    let replied = false;
    this.onQuery(query, client, (reply) => {
      if (replied) return;
      replied = true;
      if (reply === undefined || !this.isOpen) return;
      this.counters.udpReplies++;
      this.batch.add(client, reply);
    });
  }

  onBatchEnd(): void {}
}

class BatchClient implements Client, ReturnPath {
  readonly transport = 'udp';
  readonly port: number;
  readonly family: 4 | 6;
  readonly octets: Uint8Array;
  readonly local: LocalEndpoint;
  readonly socketAddress: Uint8Array;
  readonly control: Uint8Array;
  readonly fd: number;
  private readonly counters: ClientCounters;

  constructor(
    socketAddress: Uint8Array,
    control: Uint8Array,
    fd: number,
    local: LocalEndpoint,
    counters: ClientCounters,
  ) {
    this.socketAddress = socketAddress;
    this.control = control;
    this.fd = fd;
    this.local = local;
    this.counters = counters;
    this.family = socketAddress[0] === AF_INET ? 4 : 6;
    this.port = ((socketAddress[2] ?? 0) << 8) | (socketAddress[3] ?? 0);
    this.octets = this.family === 4 ? socketAddress.slice(4, 8) : socketAddress.slice(8, 24);
  }

  onSendError(): void {
    this.counters.udpErrors++;
  }

  /** Made when somebody wants to read it. */
  get address(): string {
    return socketAddressText(this.socketAddress, 0).address;
  }
}
