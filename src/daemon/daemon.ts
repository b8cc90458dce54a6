// The composition root: builds everything in order and stops it in reverse.
import type { Config } from '../config/schema.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { LocalEndpoint, OnQuery, Reply, Client as SocketClient } from '../io/client.ts';
import { BatchDriver } from '../io/batch/batch-driver.ts';
import { ClientSockets } from '../io/client-sockets.ts';
import { CryptoRandom } from '../io/crypto-random.ts';
import { DgramSockets } from '../io/dgram/dgram-sockets.ts';
import { ListenError } from '../io/listen-error.ts';
import { NodeTimers } from '../io/node-timers.ts';
import { SystemClock } from '../io/system-clock.ts';
import type { TcpLimits } from '../io/tcp-limits.ts';
import { LocalData } from '../policy/local-data.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Random } from '../ports/random.ts';
import type { Timers } from '../ports/timers.ts';
import type { Resolver } from '../resolver/resolution.ts';
import { AccessControl } from '../server/access-control.ts';
import { Pipeline } from '../server/pipeline.ts';
import type { Log } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { UpstreamExchange } from '../upstream/exchange.ts';
import { nameText } from '../wire/name-text.ts';
import { ClientAddresses } from './client-addresses.ts';
import { observeSources } from './metric-sources.ts';
import { probeForwardZones, probeRoot } from './probes.ts';
import { type RootHints, readRootHints } from './root-hints.ts';
import { CountingServerEvents, stackOf } from './server-events.ts';
import { localDataOptions, pipelineOptions } from './server-options.ts';
import { anchorKeyTags, anchorLines, negativeAnchorLines, readTrustAnchors } from './trust-anchors.ts';

/** What a resolver is made from. */
export interface ResolverParts {
  readonly config: Config;
  readonly anchors: TrustAnchors;
  readonly hints: RootHints;
  readonly exchange: Exchange;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface DaemonOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock?: Clock;
  readonly makeResolver: (parts: ResolverParts) => Resolver;
}

/** A running resolver with its listeners. */
export class Daemon {
  readonly metrics = new Metrics();
  readonly anchors: TrustAnchors;
  private readonly config: Config;
  private readonly log: Log;
  private readonly clock: Clock;
  private readonly timers: NodeTimers;
  private readonly driver: BatchDriver | undefined;
  private readonly access: AccessControl;
  private readonly exchange: UpstreamExchange;
  private readonly hints: RootHints;
  private readonly resolver: Resolver;
  private readonly pipeline: Pipeline;
  private readonly addresses = new ClientAddresses();
  private sockets: ClientSockets | undefined;

  private constructor(options: DaemonOptions) {
    const { config, log } = options;
    this.config = config;
    this.log = log;
    this.anchors = readTrustAnchors(config);
    this.hints = readRootHints(config);
    this.clock = options.clock ?? new SystemClock();
    const random = new CryptoRandom();
    this.timers = new NodeTimers(this.clock);
    this.driver = this.makeDriver(random);
    const timers = this.driver?.timers ?? this.timers;
    this.exchange = new UpstreamExchange({
      sockets: this.driver ?? upstreamSockets(config, random),
      timers,
      clock: this.clock,
      random,
    });
    const localData = new LocalData(localDataOptions(config));
    this.resolver = options.makeResolver({
      config,
      anchors: this.anchors,
      hints: this.hints,
      exchange: this.exchange,
      timers,
      clock: this.clock,
      random,
      metrics: this.metrics,
      log,
    });
    const lines = {
      positive: () => anchorLines(this.anchors),
      negative: () => negativeAnchorLines(this.anchors),
    };
    this.access = new AccessControl(config.incoming.allow_from);
    this.pipeline = new Pipeline(pipelineOptions(config, lines), {
      access: this.access,
      ...(this.driver === undefined ? {} : { replyCache: this.driver.replies }),
      localData,
      resolver: this.resolver,
      clock: this.clock,
      events: new CountingServerEvents(this.metrics, log, {
        logQueries: !config.logging.quiet,
        bogusIsLogged: config.dnssec.log_bogus || config.dnssec.validation === 'log-fail',
        latencyWindow: config.recursor.latency_statistic_size,
      }),
    });
  }

  /**
   * Builds, listens, and says so. Rejects with a `StartError` or a `ListenError`; nothing stays open then. Whether the root
   * servers answer is found out afterwards.
   */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options);
    try {
      await daemon.listen();
    } catch (error) {
      daemon.stop();
      throw error;
    }
    daemon.announce();
    try {
      daemon.probe();
    } catch (error) {
      daemon.metrics.increment('bugs');
      options.log.error('fault of the program; the root servers were not asked', { stack: stackOf(error) });
    }
    return daemon;
  }

  /** Where it listens, with the ports that the operating system chose. */
  get endpoints(): readonly LocalEndpoint[] {
    return this.sockets?.endpoints ?? [];
  }

  /** Stops at once: no new queries, no replies to those under way. */
  stop(): void {
    this.sockets?.close();
    this.exchange.close();
    this.driver?.close();
    this.timers.close();
  }

  private async listen(): Promise<void> {
    const { incoming } = this.config;
    const endpoints = incoming.listen.map(({ address, port }) => ({ address, port: port ?? incoming.port }));
    this.sockets = await this.openSockets(endpoints);
    observeSources(this.metrics, {
      log: this.log,
      pipeline: this.pipeline,
      sockets: this.sockets,
      upstream: this.exchange.counters,
      clock: this.clock,
    });
  }

  /** A default `::1` on a machine without IPv6 is no error (POWERDNS 3, `incoming.listen`). */
  private async openSockets(endpoints: readonly LocalEndpoint[]): Promise<ClientSockets> {
    const open = (wanted: readonly LocalEndpoint[]) =>
      ClientSockets.open({
        endpoints: wanted,
        onQuery: this.onQuery,
        timers: this.timers,
        clock: this.clock,
        tcpLimits: tcpLimits(this.config),
        ...(this.driver === undefined ? {} : { openDatagrams: this.driver.listen.bind(this.driver) }),
      });
    try {
      return await open(endpoints);
    } catch (error) {
      const hasNoIPv6 =
        error instanceof ListenError && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT');
      const isDefault = endpoints.length === 2 && endpoints.some(({ address }) => address === '127.0.0.1');
      if (!hasNoIPv6 || error.address !== '::1' || !isDefault) throw error;
      this.log.warn('no IPv6 on this machine; ::1 is left out');
      return await open(endpoints.filter(({ address }) => address !== '::1'));
    }
  }

  private readonly onQuery: OnQuery = (octets, client, reply) => {
    const { port, transport } = client;
    const address = client.octets ?? this.addressOf(client);
    const { driver } = this;
    if (driver !== undefined && transport === 'udp' && this.access.allows(address)) driver.clients.add(address);
    const send: Reply =
      driver === undefined || transport === 'udp'
        ? reply
        : (answer) => {
            driver.wantTurn();
            reply(answer);
          };
    this.pipeline.accept(octets, { address, port, transport }, send);
  };

  private makeDriver(random: Random): BatchDriver | undefined {
    const { config, log, clock } = this;
    if (process.env['KEDGE_DRIVER'] === 'dgram') return undefined;
    const driver = BatchDriver.create({
      clock,
      random,
      sourceAddresses: config.outgoing.source_address,
      sourcePorts: { min: config.outgoing.udp_source_port_min, max: config.outgoing.udp_source_port_max, avoid: config.outgoing.udp_source_port_avoid },
      listeners: config.incoming.listen.length,
      cacheOctets: config.packetcache.disable ? 0 : 32 * 1024 * 1024,
      maxTtl: config.packetcache.ttl,
      maxNegativeTtl: config.packetcache.negative_ttl,
      onFault: (error) => {
        this.metrics.increment('bugs');
        log.error('fault of the program', { stack: stackOf(error) });
      },
    });
    if ('missing' in driver) {
      log.info('driver', { name: 'dgram', why: driver.missing });
      return undefined;
    }
    log.info('driver', { name: 'batch' });
    driver.start();
    return driver;
  }

  private addressOf(client: SocketClient): Uint8Array {
    return this.addresses.octetsOf(client.address);
  }

  /** The first lines: what it trusts, whom it asks, where it listens. */
  private announce(): void {
    const { log } = this;
    const { dnssec, recursor } = this.config;
    log.info('validation', { mode: dnssec.validation });
    for (const anchor of this.anchors.anchors()) {
      log.always('info', 'trust anchor', { zone: nameText(anchor.zone), keyTags: anchorKeyTags(anchor) });
    }
    if (this.anchors.anchors().length === 0) {
      log.warn('there is no trust anchor: nothing can be secure and no reply will have AD');
    }
    for (const { zone, reason } of this.anchors.negatives()) {
      log.always('info', 'negative trust anchor', { zone: nameText(zone), reason: reason || undefined });
    }
    for (const { zone, forwarders, recurse } of [...recursor.forward_zones, ...recursor.forward_zones_recurse]) {
      const servers = forwarders.map(({ address, port }) => endpointText(address, port));
      log.always('info', 'forward zone', { zone: nameText(zone), servers, recurse });
    }
    log.info('root hints', { source: this.hints.source });
    for (const { address, port } of this.endpoints) {
      log.always('info', 'listening', { address: endpointText(address, port), transports: ['udp', 'tcp'] });
    }
  }

  private probe(): void {
    const { config, resolver, log } = this;
    const validates = config.dnssec.validation !== 'off' && config.dnssec.validation !== 'process-no-validate';
    if (this.hints.records.length === 0) {
      log.info('there are no root hints: only forward zones and local names can be answered');
      return;
    }
    probeRoot(resolver, validates, log, (answers) => {
      if (answers && validates) probeForwardZones(resolver, config, this.anchors, log);
    });
  }
}

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function upstreamSockets({ outgoing, incoming }: Config, random: Random): DgramSockets {
  const own = incoming.listen.map(({ port }) => port ?? incoming.port);
  return new DgramSockets({
    random,
    sourceAddresses: outgoing.source_address,
    sourcePorts: {
      min: outgoing.udp_source_port_min,
      max: outgoing.udp_source_port_max,
      avoid: [...outgoing.udp_source_port_avoid, ...own],
    },
  });
}

function tcpLimits({ incoming }: Config): Partial<TcpLimits> {
  return {
    maxConnections: incoming.max_tcp_clients,
    maxPerClient: incoming.max_tcp_per_client === 0 ? incoming.max_tcp_clients : incoming.max_tcp_per_client,
    messageMs: incoming.tcp_timeout * 1000,
    maxPipelined: incoming.max_concurrent_requests_per_tcp_connection,
  };
}
