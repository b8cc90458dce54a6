// The web server: listens, and lets pass what the gate admits. Until the first client comes it is nothing but a listening
// socket; HTTP, the routes and their packages are loaded then, because most resolvers are never looked at.
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Connections } from './connections.ts';
import { gate } from './gate.ts';
import { securityHeaders } from './headers.ts';
import {
  HEADERS_TIMEOUT_MS,
  IDLE_SOCKET_MS,
  KEEP_ALIVE_MS,
  MAX_HEADER_OCTETS,
  MAX_PIPELINED,
  RATE_PENALTY_MS,
  REQUEST_TIMEOUT_MS,
  TIMEOUT_CHECK_MS,
} from './limits.ts';
import { type Refusal, refusal, refusalBody } from './refusal.ts';
import type { WebListen, WebLog, WebSettings } from './settings.ts';
import { RequestRate, sourceOf, WrongKeys } from './sources.ts';

const TOO_MANY = 429;

/** Answers requests that have passed the gate. */
export type Route = (request: IncomingMessage, response: ServerResponse) => void;

export interface WebServerOptions {
  readonly settings: () => WebSettings;
  readonly log: WebLog;
  /** Milliseconds of a clock that only goes forward. */
  readonly nowMs: () => number;
  /** Loads the routes; called once, for the first request. */
  readonly loadRoutes: (wrongKeys: WrongKeys, rate: RequestRate) => Promise<Route>;
}

export interface WebEndpoint {
  readonly address: string;
  readonly port: number;
  readonly isTls: boolean;
}

export class WebServer {
  readonly wrongKeys = new WrongKeys();
  private readonly options: WebServerOptions;
  private readonly rate = new RequestRate();
  private readonly listeners: Server[] = [];
  private readonly parsers: HttpServer[] = [];
  private readonly connections = new Connections();
  /** Requests under way, of connections that have any. */
  private readonly underWay = new WeakMap<Socket, number>();
  private route: Promise<Route> | undefined;
  private isClosed = false;

  constructor(options: WebServerOptions) {
    this.options = options;
  }

  /** Listens on one more address; rejects with the system's error. */
  listen(listen: WebListen): Promise<WebEndpoint> {
    let parser: Promise<HttpServer> | undefined;
    const server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
      if (!this.admit(socket)) return;
      parser ??= this.makeParser(listen);
      parser.then(
        (http) => {
          http.emit('connection', socket);
          socket.resume();
        },
        (error: unknown) => {
          socket.destroy();
          this.reportFault(error);
        },
      );
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      const { address, port } = listen;
      server.listen({ host: address, port, ipv6Only: isIPv6(address), exclusive: true }, () => {
        server.off('error', reject);
        server.on('error', (error) => this.options.log.warn('the web server cannot accept', { why: error.message }));
        this.listeners.push(server);
        const bound = server.address();
        const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
        resolve({ address, port: boundPort, isTls: listen.tls !== undefined });
      });
    });
  }

  /** Stops listening and ends all connections. */
  close(): void {
    this.isClosed = true;
    for (const server of this.listeners.splice(0)) server.close();
    for (const parser of this.parsers.splice(0)) parser.close();
    this.connections.closeAll();
  }

  /** Whether there is room for the connection, and its client may connect at all. */
  private admit(socket: Socket): boolean {
    const { settings, log } = this.options;
    const { remoteAddress } = socket;
    // A connection that breaks is of no interest.
    socket.on('error', () => {});
    if (remoteAddress === undefined || this.isClosed) {
      socket.destroy();
      return false;
    }
    const { allows, logLevel } = settings();
    if (!allows(remoteAddress)) {
      if (logLevel !== 'none') {
        log.warn('web client refused: not in webservice.allow_from', { client: remoteAddress });
      }
      socket.destroy();
      return false;
    }
    if (this.connections.admit(socket, sourceOf(remoteAddress))) return true;
    socket.destroy();
    return false;
  }

  /** What turns the octets of accepted connections into requests. It listens on nothing itself. */
  private async makeParser({ tls }: WebListen): Promise<HttpServer> {
    const limits = {
      maxHeaderSize: MAX_HEADER_OCTETS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // The gate counts hosts and headers itself, and says what is wrong.
      requireHostHeader: false,
    };
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      this.answer(request, response).catch((error: unknown) => {
        this.reportFault(error);
        response.destroy();
      });
    };
    let parser: HttpServer;
    if (tls === undefined) {
      const { createServer: createHttp } = await import('node:http');
      parser = createHttp(limits, onRequest);
    } else {
      const { createServer: createHttps } = await import('node:https');
      const { certificate, key, passphrase } = tls;
      const secrets = { cert: certificate, key, ...(passphrase !== undefined && { passphrase }) };
      parser = createHttps({ ...limits, ...secrets, handshakeTimeout: HEADERS_TIMEOUT_MS }, onRequest);
    }
    parser.maxHeadersCount = 0;
    parser.setTimeout(IDLE_SOCKET_MS);
    // Its watch over slow clients begins when it listens, which it does not: others accept for it.
    parser.emit('listening');
    this.parsers.push(parser);
    return parser;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { settings, loadRoutes } = this.options;
    if (!this.begins(request.socket, response)) return;
    const now = settings();
    const refused = this.refusalOf(request, now);
    if (refused !== undefined) {
      if (refused.status === TOO_MANY) await pause(RATE_PENALTY_MS, undefined, { ref: false });
      if (!response.destroyed) this.refuse(request, response, refused, now);
      return;
    }
    this.route ??= loadRoutes(this.wrongKeys, this.rate).catch((error: unknown) => {
      this.route = undefined;
      throw error;
    });
    const route = await this.route;
    if (!this.isClosed) route(request, response);
  }

  /** Counts the request; ends the connection of a client that sends on and on and does not read, whose answers pile up. */
  private begins(socket: Socket, response: ServerResponse): boolean {
    const count = (this.underWay.get(socket) ?? 0) + 1;
    if (count > MAX_PIPELINED) {
      socket.destroy();
      return false;
    }
    this.underWay.set(socket, count);
    response.once('close', () => this.underWay.set(socket, (this.underWay.get(socket) ?? 1) - 1));
    return true;
  }

  private refusalOf(request: IncomingMessage, settings: WebSettings): Refusal | undefined {
    const { socket } = request;
    const { remoteAddress = '', localAddress = '' } = socket;
    // The list may have changed since the client connected.
    if (!settings.allows(remoteAddress)) {
      return refusal(403, 'this address may not connect', 'Add it to webservice.allow_from.', { connection: 'close' });
    }
    if (!this.rate.admits(sourceOf(remoteAddress), this.options.nowMs())) {
      return refusal(TOO_MANY, 'too many requests from this address', 'Wait a second.', { 'retry-after': '1' });
    }
    const { method, url, headers, rawHeaders } = request;
    const visitor = { method, url, headers, rawHeaders, localAddress, isTls: 'encrypted' in socket };
    return gate(visitor, settings);
  }

  /** Without waiting for a body, which nobody is going to read. */
  private refuse(request: IncomingMessage, response: ServerResponse, refused: Refusal, settings: WebSettings): void {
    const { status, headers = {} } = refused;
    const hasBody =
      request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
    const body = refusalBody(refused);
    response.writeHead(status, {
      ...securityHeaders(settings.crossOrigin),
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      ...(hasBody && { connection: 'close' }),
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
    if (settings.logLevel === 'none') return;
    const { remoteAddress: client } = request.socket;
    this.options.log.warn('web request refused', { client, status, why: refused.error });
  }

  private reportFault(error: unknown): void {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.options.log.error('fault of the program in the web server', { stack });
  }
}
