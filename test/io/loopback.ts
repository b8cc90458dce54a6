// Waiting for the event loop, and plain sockets to talk to ours.
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { framed, MessageCutter } from '../../src/io/stream-framing.ts';
import type { ServerAddress } from '../../src/ports/exchange.ts';

/** Lets the event loop turn until `isDone`; the test's own time limit ends what never is. */
export async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setImmediate(resolve));
}

/** Some turns of the event loop: for what must not happen. */
export async function turns(count = 50): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
}

/** What a test has opened, closed after it. */
export class Closing {
  private readonly closers: (() => void)[] = [];

  add<T extends { close(): unknown }>(item: T): T {
    this.closers.push(() => item.close());
    return item;
  }

  addSocket<T extends Socket>(socket: T): T {
    this.closers.push(() => socket.destroy());
    socket.on('error', () => {});
    return socket;
  }

  all(): void {
    for (const close of this.closers.splice(0).reverse()) close();
  }
}

export function loopbackServer(port: number, address = '127.0.0.1'): ServerAddress {
  return { address, port, family: address.includes(':') ? 6 : 4, key: `${address}#${port}` };
}

/** A UDP server; `answer` gets each datagram and who sent it. */
export async function udpServer(
  closing: Closing,
  answer: (socket: UdpSocket, octets: Buffer, from: RemoteInfo) => void,
  address = '127.0.0.1',
): Promise<{ socket: UdpSocket; port: number }> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (octets, from) => answer(socket, octets, from));
  socket.bind(0, address);
  await once(socket, 'listening');
  closing.add(socket);
  return { socket, port: socket.address().port };
}

/** A TCP server; `serve` gets each connection. */
export async function tcpServer(
  closing: Closing,
  serve: (socket: Socket) => void,
): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    closing.addSocket(socket);
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.add(server);
  return { server, port: (server.address() as AddressInfo).port };
}

/** A client over TCP that keeps what it reads. */
export class TcpClient {
  readonly socket: Socket;
  readonly messages: Uint8Array[] = [];
  closed = false;
  ended = false;
  private readonly input = new MessageCutter();

  constructor(closing: Closing, port: number, options: { reading?: boolean; localAddress?: string } = {}) {
    this.socket = closing.addSocket(
      createConnection({
        host: '127.0.0.1',
        port,
        allowHalfOpen: true,
        noDelay: true,
        ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
      }),
    );
    this.socket.on('close', () => {
      this.closed = true;
    });
    this.socket.on('end', () => {
      this.ended = true;
    });
    if (options.reading ?? true) {
      this.socket.on('data', (chunk) => {
        this.input.append(Uint8Array.from(chunk));
        for (let message = this.input.next(); message !== undefined; message = this.input.next()) {
          this.messages.push(message);
        }
      });
    }
  }

  get isGone(): boolean {
    return this.closed || this.ended;
  }

  send(...messages: Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages.map(framed)));
  }

  write(octets: Uint8Array): void {
    this.socket.write(octets);
  }
}

/** A message of at least a header, told from others by its number. */
export function numbered(number: number, octets = 12): Uint8Array {
  const message = new Uint8Array(octets);
  message[0] = number >> 8;
  message[1] = number;
  return message;
}

export function numberOf(message: Uint8Array | undefined): number {
  return message === undefined ? -1 : ((message[0] ?? 0) << 8) | (message[1] ?? 0);
}
