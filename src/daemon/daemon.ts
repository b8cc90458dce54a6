// The composition root: builds everything in order and stops it in reverse.
import { Region } from '../cache/region.ts';
import type { Config } from '../config/schema.ts';
import type { ConfigSource } from '../config/source.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { LocalEndpoint, OnQuery, Client as SocketClient } from '../io/client.ts';
import type { ClientSockets } from '../io/client-sockets.ts';
import { CryptoRandom } from '../io/crypto-random.ts';
import { SystemClock } from '../io/system-clock.ts';
import type { LocalData } from '../policy/local-data.ts';
import type { Clock } from '../ports/clock.ts';
import type { Timers } from '../ports/timers.ts';
import type { ForwardZone, ResolverChange } from '../resolver/options.ts';
import { Pipeline, type PipelineParts } from '../server/pipeline.ts';
import type { Log } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Rankings } from '../telemetry/rankings.ts';
import { UpstreamExchange } from '../upstream/exchange.ts';
import { AnchorControl } from './anchor-control.ts';
import { announce } from './announcement.ts';
import { startBackground } from './background.ts';
import { ClientAddresses } from './client-addresses.ts';
import { accessParts, ClientSide, localDataPart } from './client-side.ts';
import { openControlSocket } from './control-socket.ts';
import { DaemonControl } from './control-target.ts';
import { delegatedZones } from './delegated-zones.ts';
import { Diversion } from './diversion.ts';
import { Journals } from './journals.ts';
import { openListeners } from './listeners.ts';
import { logLevel } from './log-options.ts';
import { type LogSwitches, logSwitches } from './log-switches.ts';
import { resolverForClients } from './make-resolver.ts';
import { observeSources } from './metric-sources.ts';
import { type Attention, PacketDriver } from './packet-driver.ts';
import { writePidFile } from './pid-file.ts';
import { checkPrivileges, dropPrivileges } from './privileges.ts';
import { probeUpstream } from './probes.ts';
import { QueryCounters } from './query-counters.ts';
import { quickDenials } from './quick-denials.ts';
import { Reload } from './reload.ts';
import { withValue } from './reloadable.ts';
import { forwardZones, resolverOptions, throttleExemptions } from './resolver-options.ts';
import type { DaemonResolver, ResolverParts } from './resolver-parts.ts';
import { type RootHints, readRootHints } from './root-hints.ts';
import { CountingServerEvents, stackOf } from './server-events.ts';
import { pipelineOptions } from './server-options.ts';
import { logStatistics, StatisticsTimer } from './statistics.ts';
import { Tracing } from './tracing.ts';
import { anchorLines, negativeAnchorLines } from './trust-anchors.ts';
import { upstreamLimits } from './upstream-options.ts';
import { programVersion } from './version.ts';
import { makeWebService } from './web-parts.ts';
import type { WebService } from './web-service.ts';
import { DaemonWebTarget } from './web-target.ts';
import { type AsideChange, Explaining } from './web-target-explain.ts';
import { checkZone } from './zone-check.ts';

/** Queries under way are given so long to be answered when the program is to end nicely, and looked at so often. */
const NICE_END_MS = 2000;
const NICE_LOOK_MS = 20;

export interface DaemonOptions {
  readonly config: Config;
  /** Where the configuration can be read again; without it a reload fails and says so. */
  readonly source?: Pick<ConfigSource, 'read'>;
  readonly log: Log;
  readonly clock?: Clock;
  readonly makeResolver: (parts: ResolverParts) => DaemonResolver;
  /** Opens the control socket and writes the pid file; tests have no use for them. */
  readonly opensControl?: boolean;
  /** Serves pages, metrics and the HTTP API as the configuration says; tests have no use for them. */
  readonly opensWeb?: boolean;
  /** How packets come and go; default `dgram`. The batch driver blocks its thread: one process, one of them. */
  readonly driver?: 'auto' | 'batch' | 'dgram';
  /** A command asks the program to end; the daemon has stopped by then. */
  readonly onQuit?: () => void;
}

/** A running resolver with its listeners. */
export class Daemon {
  readonly metrics = new Metrics();
  readonly rankings: Rankings;
  readonly counters: QueryCounters;
  readonly anchors: TrustAnchors;
  readonly control: DaemonControl;
  readonly journals: Journals;
  /** What the pages and the HTTP API look at. */
  readonly webTarget: DaemonWebTarget;
  readonly web: WebService;
  private config: Config;
  private forwards: readonly ForwardZone[];
  private readonly options: DaemonOptions;
  private readonly log: Log;
  private readonly clock: Clock;
  private readonly driver: PacketDriver;
  private readonly timers: Timers;
  private readonly random = new CryptoRandom();
  private readonly exchange: UpstreamExchange;
  private readonly hints: RootHints;
  private readonly switches: LogSwitches;
  private readonly tracing: Tracing;
  private readonly statistics: StatisticsTimer;
  private readonly anchorControl: AnchorControl;
  private readonly clientSide: ClientSide;
  private readonly resolver: DaemonResolver;
  private readonly reload: Reload;
  private readonly pipeline: Pipeline;
  private readonly addresses = new ClientAddresses();
  private sockets: ClientSockets | undefined;
  private closeControl = (): void => {};
  private isEnding = false;

  private constructor(options: DaemonOptions) {
    const { config, log, source } = options;
    this.options = options;
    this.config = config;
    this.log = log;
    this.clock = options.clock ?? new SystemClock();
    this.rankings = new Rankings(config.recursor.stats_ringbuffer_entries);
    this.counters = new QueryCounters(this.metrics, this.rankings, {
      latencyWindow: config.recursor.latency_statistic_size,
      namesSetAside: config.dnssec.x_dnssec_names,
    });
    this.switches = logSwitches(config);
    this.driver = PacketDriver.create(config, options.driver ?? 'dgram', {
      clock: this.clock,
      random: this.random,
      log,
      metrics: this.metrics,
      attention: () => this.attention,
      onFault: (error) => this.reportFault(error),
    });
    this.timers = this.driver.timers;
    this.tracing = new Tracing(log);
    this.tracing.mode = config.logging.trace;
    this.statistics = new StatisticsTimer(this.timers, this.clock, () => this.logStatistics());
    this.anchorControl = new AnchorControl(config, {
      log,
      clock: this.clock,
      timers: this.timers,
      change: (change, region) => this.change(change, region),
      checkZone: (zone, done) => checkZone(zone, this.anchors, (anchors) => this.makeAside({ anchors }), done),
    });
    this.anchors = this.anchorControl.anchors;
    this.journals = new Journals({
      clock: this.clock,
      log,
      metrics: this.metrics,
      anchors: this.anchors,
      logsQueries: config.kedge.query_log_memory,
    });
    this.hints = readRootHints(config);
    const upstream = {
      sockets: this.driver.sockets,
      timers: this.timers,
      clock: this.clock,
      random: this.random,
    };
    this.exchange = new UpstreamExchange(upstream, upstreamLimits(config));
    const warn = (message: string): void => log.always('warn', message);
    this.clientSide = new ClientSide({ ...accessParts(config), ...localDataPart(config, warn) }, () => {
      this.driver.forgetClients();
      this.driver.forgetReplies();
    });
    this.forwards = [...forwardZones(config), ...delegatedZones(this.clientSide.localData.delegations())];
    this.journals.watchForwarders(this.forwards);
    this.resolver = options.makeResolver({ ...this.resolverParts(), journals: this.journals });
    this.reload = new Reload({
      source,
      log,
      anchors: this.anchorControl,
      clientSide: this.clientSide,
      config: () => this.config,
      forwardZones: () => this.forwards,
      resolverOptions: (fresh) => resolverOptions(fresh, this.anchors, this.hints.records),
      change: (change, region) => this.change(change, region),
      breathe: () => this.timers.breathe?.(),
      onChanged: (fresh, { all, changed }) => {
        this.forwards = all;
        this.journals.watchForwarders(all);
        this.take(fresh);
        if (changed.length > 0) void this.probe(changed);
      },
    });
    const denials = quickDenials(config, {
      resolver: this.resolver,
      localData: () => this.clientSide.localData,
      replyCache: this.driver.replyCache,
      seesEveryQuery: () => this.attention !== 'none',
      metrics: this.metrics,
      rankings: this.rankings,
    });
    this.counters.denials = denials?.counters;
    if (denials !== undefined) this.driver.useDenials(denials);
    this.pipeline = this.makePipeline(denials);
    this.control = new DaemonControl({
      config: () => this.config,
      resolver: this.resolver,
      anchors: this.anchorControl,
      localData: () => this.clientSide.localData,
      reload: this.reload,
      diversion: new Diversion({
        forwardZones: () => this.forwards,
        change: (change, region) => this.change(change, region),
        clock: this.clock,
        timers: this.timers,
        log,
      }),
      tracing: this.tracing,
      driver: this.driver,
      pipeline: this.pipeline,
      metrics: this.metrics,
      rankings: this.rankings,
      counters: this.counters,
      clock: this.clock,
      log,
      quit: (nicely) => this.quit(nicely),
      setOption: (path, value) => this.setOption(path, value),
      overview: () => JSON.stringify(this.webTarget.overview()),
    });
    this.webTarget = this.makeWebTarget();
    const { control, metrics, clock, webTarget } = this;
    const { audit } = this.journals;
    this.web = makeWebService({ config: () => this.config, clock, log, metrics, audit, control, webTarget });
  }

  private resolverParts(): ResolverParts {
    const { config, anchors, hints, exchange, timers, clock, random, metrics, rankings, log, switches, tracing } = this;
    const parts = {
      config,
      anchors,
      hints,
      exchange,
      timers,
      clock,
      random,
      metrics,
      rankings,
      log,
      switches,
      tracing,
    };
    return {
      ...parts,
      onForgot: () => this.driver.forgetReplies(),
      localDelegations: this.clientSide.localData.delegations(),
      localTargets: (question) => this.clientSide.localData.targetAnswer(question),
    };
  }

  /** A resolver that trusts other anchors and leaves no trace in caches, numbers or log. */
  private makeAside(change: AsideChange): DaemonResolver {
    return this.options.makeResolver({
      ...this.resolverParts(),
      ...change,
      metrics: new Metrics(),
      rankings: new Rankings(0),
      switches: { logBogus: false },
      tracing: { traceOf: () => undefined },
      onForgot: () => {},
    });
  }

  private makeWebTarget(): DaemonWebTarget {
    const { resolver, anchors, exchange, clock, timers, metrics, counters, journals, driver } = this;
    const config = (): Config => this.config;
    const localData = (): Pick<LocalData, 'answer'> => this.clientSide.localData;
    const makeAside = (change: AsideChange): DaemonResolver => this.makeAside(change);
    return new DaemonWebTarget({
      version: programVersion(),
      config,
      resolver,
      clock,
      metrics,
      counters,
      journals,
      anchors: this.anchorControl,
      explaining: new Explaining({ config, resolver, anchors, exchange, clock, timers, localData, makeAside }),
      driver,
      forwardZones: () => this.forwards,
      checkForwards: () => this.probe(this.forwards),
    });
  }

  private get attention(): Attention {
    if (this.tracing.isOn) return 'steps';
    return this.switches.logQueries || this.journals.queries.isOn ? 'queries' : 'none';
  }

  private makePipeline(denials: PipelineParts['denials']): Pipeline {
    const { config, switches } = this;
    const lines = {
      positive: () => anchorLines(this.anchors),
      negative: () => negativeAnchorLines(this.anchors),
    };
    return new Pipeline(pipelineOptions(config, lines), {
      ...this.clientSide.forPipeline,
      replyCache: this.driver.replyCache,
      finished: this.driver.finished,
      denials,
      resolver: resolverForClients(config, {
        resolver: this.resolver,
        anchors: this.anchors,
        clock: this.clock,
        timers: this.timers,
        localTargets: (question) => this.clientSide.localData.targetAnswer(question),
      }),
      clock: this.clock,
      events: new CountingServerEvents(this.counters, this.metrics, this.log, {
        switches,
        journals: this.journals,
        onNotify: (zone) => this.resolver.wipe?.(Region.below(zone)),
      }),
    });
  }

  /**
   * Builds, listens, and says so. Rejects with a `StartError` or a `ListenError`; nothing stays open then. Whether the root
   * servers answer is found out afterwards.
   */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options);
    const { config, log } = options;
    try {
      checkPrivileges(config.recursor);
      await daemon.listen();
      if (options.opensControl === true) await daemon.openControl();
      if (options.opensWeb === true) await daemon.web.open();
      // Behind everything that may need root.
      dropPrivileges(config.recursor, log);
    } catch (error) {
      daemon.stop();
      throw error;
    }
    const { anchors, hints, endpoints } = daemon;
    announce({ config, anchors, hints, endpoints }, log);
    daemon.anchorControl.start();
    daemon.startBackground();
    daemon.statistics.every(config.logging.statistics_interval);
    try {
      void daemon.probe(forwardZones(config));
    } catch (error) {
      daemon.metrics.increment('bugs');
      log.error('fault of the program; the root servers were not asked', { stack: stackOf(error) });
    }
    return daemon;
  }

  /** Where it listens, with the ports that the operating system chose. */
  get endpoints(): readonly LocalEndpoint[] {
    return this.sockets?.endpoints ?? [];
  }

  logStatistics(): void {
    logStatistics(this.metrics, this.log);
  }

  /** Stops at once: no new queries, no replies to those under way. */
  stop(): void {
    this.isEnding = true;
    this.web.close();
    this.closeControl();
    this.sockets?.close();
    this.exchange.close();
    this.driver.close();
  }

  /** Ends the program, at once or when the queries under way are answered. */
  private quit(nicely: boolean): void {
    const end = (): void => {
      this.stop();
      this.options.onQuit?.();
    };
    if (this.isEnding) return;
    this.isEnding = true;
    if (!nicely) {
      end();
      return;
    }
    const latestMs = this.clock.monotonicMs() + NICE_END_MS;
    const look = (): void => {
      const nowMs = this.clock.monotonicMs();
      if (this.pipeline.waitingCount === 0 || nowMs >= latestMs) end();
      else this.timers.at(nowMs + NICE_LOOK_MS, look);
    };
    look();
  }

  /** Changes the resolver; gives the number of cache entries that went. */
  private change(change: ResolverChange, region: Region): number {
    if (this.resolver.reconfigure !== undefined) {
      const { positive, negative } = this.resolver.reconfigure(change, region);
      return positive + negative;
    }
    if (change.anchors !== undefined) this.anchors.replaceWith(change.anchors);
    return 0;
  }

  /** Takes over a configuration whose zones, anchors and access lists are in force. */
  private take(config: Config): void {
    this.config = config;
    Object.assign(this.switches, logSwitches(config));
    this.log.setLevel(logLevel(config));
    this.tracing.mode = config.logging.trace;
    this.driver.forgetReplies();
    this.driver.forgetClients();
    this.statistics.every(config.logging.statistics_interval);
    const { names, netmasks } = throttleExemptions(config);
    this.resolver.exemptions?.replace(names, netmasks);
  }

  /** One option, set by a command. */
  private setOption(path: string, value: unknown): void {
    const config = withValue(this.config, path, value);
    const { maxOctets, maxAggressiveRecords, minTtl } = resolverOptions(config, this.anchors, this.hints.records).cache;
    this.change({ cache: { maxOctets, maxAggressiveRecords, minTtl } }, Region.below());
    this.config = config;
    Object.assign(this.switches, logSwitches(config));
    this.driver.forgetClients();
  }

  private async openControl(): Promise<void> {
    const { recursor } = this.config;
    const server = await openControlSocket(recursor, this.control, this.log);
    if (server === undefined) return;
    const removePid = recursor.write_pid ? writePidFile(server.path, recursor.config_name, this.log) : undefined;
    this.closeControl = () => {
      server.close();
      removePid?.();
    };
  }

  private async listen(): Promise<void> {
    const { timers, clock, log, driver } = this;
    const onQuery = driver.overStreams(this.onQuery);
    this.sockets = await openListeners(this.config, {
      onQuery,
      timers,
      clock,
      log,
      openDatagrams: driver.openDatagrams,
    });
    driver.startThreads();
    observeSources(this.metrics, {
      log: this.log,
      pipeline: this.pipeline,
      sockets: this.sockets,
      upstream: this.exchange.counters,
      clock: this.clock,
    });
  }

  private readonly onQuery: OnQuery = (octets, client, reply) => {
    if (this.isEnding) {
      reply(undefined);
      return;
    }
    const { port, transport } = client;
    const address = client.octets ?? this.addressOf(client);
    if (transport === 'udp' && this.clientSide.allows(address)) this.driver.letThrough(address);
    this.pipeline.accept(octets, { address, port, transport }, reply);
  };

  private startBackground(): void {
    const { config, anchors, clock, timers, random, resolver, journals } = this;
    const opensWeb = this.options.opensWeb === true;
    startBackground({ config, anchors, clock, timers, random, resolver, journals, opensWeb });
  }

  private reportFault(error: unknown): void {
    this.metrics.increment('bugs');
    this.log.error('fault of the program', { stack: stackOf(error) });
  }

  private addressOf(client: SocketClient): Uint8Array {
    return this.addresses.octetsOf(client.address);
  }

  private probe(zones: readonly ForwardZone[]): Promise<void> {
    const { config, anchors, resolver, exchange, clock, random, log } = this;
    const hasHints = this.hints.records.length > 0;
    const onZone = this.journals.forwarderBook.note;
    return probeUpstream({ config, anchors, zones, hasHints }, { resolver, exchange, clock, random, log, onZone });
  }
}
