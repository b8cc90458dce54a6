// A resolver on a private Internet under virtual time: what the tests of the core ask their questions with. A crash
// inside the resolver, or an answer later than the client's deadline, fails the test that asked.
import { ThrottleExemptions } from '../../src/cache/throttle-exemptions.ts';
import { DEFAULT_ALGORITHM_POLICY } from '../../src/dnssec/algorithms.ts';
import { DEFAULT_DNSSEC_LIMITS } from '../../src/dnssec/budget.ts';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import { DEFAULT_ITERATION_LIMITS } from '../../src/iterator/limits.ts';
import { serverAddress as addressOfOctets } from '../../src/iterator/server-address.ts';
import type { AnswerOptions } from '../../src/lab/authority.ts';
import { buildHierarchy, type Hierarchy } from '../../src/lab/hierarchy.ts';
import type { ZoneDescription } from '../../src/lab/zone-description.ts';
import type { ResolverEvents } from '../../src/ports/events.ts';
import { DEFAULT_CACHE_OPTIONS, type ResolverOptions } from '../../src/resolver/options.ts';
import { DEFAULT_REQUEST_LIMITS } from '../../src/resolver/request-budget.ts';
import type { LocalTargets, Resolution, ResolvedRRset } from '../../src/resolver/resolution.ts';
import { RecursiveResolver } from '../../src/resolver/resolver.ts';
import { UpstreamExchange } from '../../src/upstream/exchange.ts';
import { DEFAULT_CHAIN_LIMITS } from '../../src/validator/needs.ts';
import { parseType, RRClass, RRType, rcodeText, typeText } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { parseDS } from '../../src/wire/rdata-dnssec.ts';
import { rdataText } from '../../src/wire/rdata-text.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { SeededRandom } from './seeded-random.ts';
import { addHierarchy, authority } from './server-behaviours.ts';
import {
  type Responder,
  SimulatedNetwork,
  serverAddress,
  type TraceEntry,
  tlsServerAddress,
} from './simulated-network.ts';
import { DEFAULT_WALL_SECONDS, VirtualClock } from './virtual-clock.ts';

export interface ForwardDescription {
  readonly zone: string;
  readonly addresses: readonly string[];
  /** Default true. */
  readonly recurse?: boolean;
  readonly first?: boolean;
  /** Port 853, over TLS. */
  readonly tls?: boolean;
}

export interface SimulationOptions {
  /** The private Internet: as descriptions, or built already (it is not changed by the resolver). */
  readonly zones?: readonly ZoneDescription[];
  readonly hierarchy?: Hierarchy;
  /** Default true: the root is anchored. */
  readonly anchorRoot?: boolean;
  /** Zones anchored by themselves. */
  readonly anchored?: readonly string[];
  /** Negative trust anchors. */
  readonly negative?: readonly string[];
  readonly forwardZones?: readonly ForwardDescription[];
  /** Zones that are answered here. */
  readonly localTargets?: LocalTargets;
  readonly seed?: number;
  readonly latencyMs?: number;
  /** Changes options that have no name here. */
  change?(options: ResolverOptions): ResolverOptions;
}

export interface AskOptions {
  readonly checkingDisabled?: boolean;
  readonly recursionDesired?: boolean;
  readonly validate?: boolean;
}

/** What a question came to. */
export interface Answered {
  readonly resolution: Resolution;
  /** RCODE, verdict with its reason, and ` AD`: `NOERROR secure AD`. */
  readonly status: string;
  /** Extended error codes. */
  readonly codes: readonly number[];
  /** Answer records as `owner TYPE rdata`. */
  readonly lines: readonly string[];
  /** Queries that were sent for it. */
  readonly packets: number;
  readonly elapsedMs: number;
}

const DEADLINE_MS = DEFAULT_REQUEST_LIMITS.clientDeadlineMs;
/** Longer than anything may last that a question leaves behind: total deadline, and idle TCP connections. */
const SETTLING_MS = DEFAULT_REQUEST_LIMITS.totalDeadlineMs + 12_000;

export class SimulatedResolver {
  readonly clock = new VirtualClock();
  readonly network: SimulatedNetwork;
  readonly hierarchy: Hierarchy;
  readonly anchors = new TrustAnchors();
  readonly resolver: RecursiveResolver;
  readonly exchange: UpstreamExchange;
  /** Summaries of bogus results, as reported for the log. */
  readonly bogus: string[] = [];
  /** Takes down how questions are resolved, when set. */
  traceOf: ResolverEvents['traceOf'];
  private readonly crashes: unknown[] = [];

  constructor(options: SimulationOptions) {
    const { clock } = this;
    const random = new SeededRandom(options.seed);
    const latencyMs = options.latencyMs ?? 10;
    this.network = new SimulatedNetwork({ clock, latencyMs, random: new SeededRandom(options.seed) });
    this.hierarchy =
      options.hierarchy ?? buildHierarchy({ zones: options.zones ?? [], nowSeconds: DEFAULT_WALL_SECONDS });
    addHierarchy(this.network, this.hierarchy);
    this.addAnchors(options);
    const plain = resolverOptions(this.hierarchy, this.anchors, options.forwardZones ?? []);
    this.exchange = new UpstreamExchange({ sockets: this.network, clock, timers: clock, random });
    this.resolver = new RecursiveResolver(options.change?.(plain) ?? plain, {
      exchange: this.exchange,
      timers: clock,
      clock,
      random,
      events: {
        upstream: () => {},
        bogus: (_question, _reason, summary) => this.bogus.push(summary),
        crashed: (_question, error) => this.crashes.push(error),
        traceOf: (question) => this.traceOf?.(question),
      },
      ...(options.localTargets !== undefined && { localTargets: options.localTargets }),
      useThreadPool: false,
    });
  }

  private addAnchors(options: SimulationOptions): void {
    const lines = options.anchorRoot === false ? [] : [...this.hierarchy.trustAnchors];
    for (const zone of options.anchored ?? []) lines.push(...this.hierarchy.anchorsOf(zone));
    for (const record of parseZoneText(`${lines.join('\n')}\n`, { defaultTtl: 0 }).records) {
      const ds = parseDS(record.rdata);
      if (ds !== undefined) this.anchors.addDS(record.name, ds);
    }
    for (const zone of options.negative ?? []) this.anchors.addNegative(nameOf(zone), 'by configuration');
  }

  /** Asks `www.example.test. A` and runs until it is answered. */
  ask(question: string, options: AskOptions = {}): Answered {
    const startedMs = this.clock.monotonicMs();
    const before = this.network.trace.length;
    const resolution = this.clock.complete<Resolution>((done) => this.start(question, options, done), question);
    const elapsedMs = this.clock.monotonicMs() - startedMs;
    this.throwCrash();
    if (elapsedMs > DEADLINE_MS + 1) throw new Error(`${question}: answered after ${elapsedMs} ms`);
    const packets = this.queriesSince(before).length;
    return { ...describeResolution(resolution), resolution, packets, elapsedMs };
  }

  /** The status line alone. */
  status(question: string, options: AskOptions = {}): string {
    return this.ask(question, options).status;
  }

  /** Asks without waiting. */
  start(question: string, options: AskOptions, done: (resolution: Resolution) => void): void {
    const [name = '.', type = 'A'] = question.split(' ');
    const qtype = parseType(type);
    if (qtype === undefined) throw new Error(`unknown type in ${question}`);
    this.resolver.resolve(
      {
        question: { name: nameOf(name), type: qtype, class: RRClass.IN },
        checkingDisabled: options.checkingDisabled ?? false,
        recursionDesired: options.recursionDesired ?? true,
        validate: options.validate ?? true,
      },
      done,
    );
  }

  /** Asks many questions at once and runs until all are answered. */
  askAll(questions: readonly string[], options: AskOptions = {}): Resolution[] {
    const resolutions: Resolution[] = [];
    for (const question of questions) this.start(question, options, (resolution) => resolutions.push(resolution));
    this.clock.runUntil(() => resolutions.length === questions.length, `${questions.length} questions`);
    this.throwCrash();
    return resolutions;
  }

  /** Lets virtual time pass. */
  advance(seconds: number): void {
    this.clock.advance(seconds * 1000);
    this.throwCrash();
  }

  /** Puts a responder at every address of a zone. */
  serve(zone: string, respond: Responder): void {
    for (const address of this.addressesOf(zone)) this.network.addServer(address, respond);
  }

  /** The servers of a zone answer what `rewrite` makes of the truth; with `address`, only that one. */
  rewrite(zone: string, rewrite: NonNullable<AnswerOptions['rewrite']>, address?: string): void {
    for (const at of address === undefined ? this.addressesOf(zone) : [address]) {
      this.network.addServer(at, authority(this.zonesAt(at), { rewrite }));
    }
  }

  /** The honest responder at the first address of a zone. */
  honest(zone: string): Responder {
    return this.honestAt(this.addressesOf(zone)[0] ?? '');
  }

  /** The honest responder for an address. */
  honestAt(address: string): Responder {
    return authority(this.zonesAt(address));
  }

  /** All servers tell the truth again. */
  restore(): void {
    addHierarchy(this.network, this.hierarchy);
  }

  addressesOf(zone: string): readonly string[] {
    return this.hierarchy.zone(zone).addresses;
  }

  zonesAt(address: string) {
    const zones = this.hierarchy.servers.get(address);
    if (zones === undefined) throw new Error(`no server at ${address}`);
    return zones;
  }

  /** Queries sent so far: a mark for `asked` and `packetsTo`. */
  get mark(): number {
    return this.network.trace.length;
  }

  /** Questions sent since a mark, as `name TYPE`. */
  asked(from = 0): string[] {
    return this.queriesSince(from).map(({ text }) => text);
  }

  /** Queries sent to the servers of a zone, or to an address, since a mark. */
  packetsTo(zoneOrAddress: string, from = 0): number {
    const isAddress = /^[0-9]/.test(zoneOrAddress);
    const keys = (isAddress ? [zoneOrAddress] : this.addressesOf(zoneOrAddress)).map((address) => `${address}#53`);
    return this.queriesSince(from).filter(({ server }) => keys.includes(server)).length;
  }

  private queriesSince(from: number): TraceEntry[] {
    return this.network.trace.slice(from).filter(({ what }) => what === 'query');
  }

  /** What is left over once every deadline has passed; must be `[]`. */
  leftovers(): string[] {
    this.advance(SETTLING_MS / 1000);
    const found: string[] = [];
    if (this.network.openSockets > 0) found.push(`${this.network.openSockets} sockets`);
    if (this.clock.pending > 0) found.push(`${this.clock.pending} timers`);
    if (this.resolver.pending > 0) found.push(`${this.resolver.pending} tasks`);
    return found;
  }

  private throwCrash(): void {
    const crash = this.crashes.shift();
    if (crash !== undefined) throw crash;
  }
}

function resolverOptions(
  hierarchy: Hierarchy,
  anchors: TrustAnchors,
  forwardZones: readonly ForwardDescription[],
): ResolverOptions {
  return {
    rootServers: parseZoneText(hierarchy.rootHints, { defaultTtl: 0 })
      .records.filter(({ type }) => type === RRType.A)
      .map((record) => ({ name: record.name, glue: [addressOfOctets(record.rdata)] })),
    anchors,
    forwardZones: forwardZones.map(({ zone, addresses, recurse = true, first = false, tls = false }) => ({
      zone: nameOf(zone),
      servers: addresses.map((address) => (tls ? tlsServerAddress(address) : serverAddress(address))),
      recurse,
      first,
    })),
    iteration: {
      limits: DEFAULT_ITERATION_LIMITS,
      minimise: true,
      minimiseStrictly: false,
      useIPv4: true,
      useIPv6: false,
      dnssecOk: true,
      randomiseCase: true,
      lowerCase: false,
      networkTimeoutMs: 1500,
      tcpTimeoutMs: 3000,
      anyToTcp: true,
      bypassThrottlingOneIn: 25,
      exemptions: new ThrottleExemptions(),
      mayAsk: () => true,
    },
    request: DEFAULT_REQUEST_LIMITS,
    // Small: a store takes its memory when it is made, and tests make many.
    cache: { ...DEFAULT_CACHE_OPTIONS, maxDelegations: 2000, maxZones: 2000, maxFailures: 2000, maxServers: 2000 },
    validation: {
      policy: DEFAULT_ALGORITHM_POLICY,
      limits: DEFAULT_DNSSEC_LIMITS,
      chainLimits: DEFAULT_CHAIN_LIMITS,
      hardenStripped: true,
      inceptionSkew: 60,
      expirationSkew: 0,
    },
  };
}

/** A resolution in the words of the tables. */
export function describeResolution(resolution: Resolution): Pick<Answered, 'status' | 'codes' | 'lines'> {
  const { rcode, verdict, authentic, answer, errors } = resolution;
  const reason = verdict !== undefined && 'reason' in verdict ? `:${verdict.reason}` : '';
  return {
    status: `${rcodeText(rcode)} ${verdict?.status ?? 'unjudged'}${reason}${authentic ? ' AD' : ''}`,
    codes: errors.map(({ code }) => code),
    lines: answer.flatMap(recordLines),
  };
}

/** The records of an RRset as `owner TYPE rdata`. */
export function recordLines({ rrset }: ResolvedRRset): string[] {
  const owner = nameText(rrset.name.toLowerCase());
  return rrset.rdatas.map((rdata) => `${owner} ${typeText(rrset.type)} ${rdataText(rrset.type, rdata)}`).sort();
}
