// A resolver on a private Internet under virtual time, whose servers can be replaced by liars.

import { ThrottleExemptions } from '../../src/cache/throttle-exemptions.ts';
import { DEFAULT_ALGORITHM_POLICY } from '../../src/dnssec/algorithms.ts';
import { DEFAULT_DNSSEC_LIMITS } from '../../src/dnssec/budget.ts';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import { DEFAULT_ITERATION_LIMITS } from '../../src/iterator/limits.ts';
import { serverAddress as addressOfOctets } from '../../src/iterator/server-address.ts';
import type { AnswerOptions } from '../../src/lab/authority.ts';
import { buildHierarchy, type Hierarchy } from '../../src/lab/hierarchy.ts';
import type { ZoneDescription } from '../../src/lab/zone-description.ts';
import { DEFAULT_CACHE_OPTIONS, type ForwardZone, type ResolverOptions } from '../../src/resolver/options.ts';
import { DEFAULT_REQUEST_LIMITS } from '../../src/resolver/request-budget.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { RecursiveResolver } from '../../src/resolver/resolver.ts';
import { UpstreamExchange } from '../../src/upstream/exchange.ts';
import { DEFAULT_CHAIN_LIMITS } from '../../src/validator/needs.ts';
import { parseType, RRClass, RRType, rcodeText } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { parseDS } from '../../src/wire/rdata-dnssec.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { addHierarchy, authority } from '../support/server-behaviours.ts';
import { SimulatedNetwork, serverAddress } from '../support/simulated-network.ts';
import { DEFAULT_WALL_SECONDS, VirtualClock } from '../support/virtual-clock.ts';

export interface ReviewOptions {
  readonly zones: readonly ZoneDescription[];
  /** Zones anchored by themselves beside the root. */
  readonly anchored?: readonly string[];
  readonly negative?: readonly string[];
  readonly withoutRootAnchor?: boolean;
  readonly forwardZones?: readonly { zone: string; address: string; recurse: boolean; first?: boolean }[];
  change?(options: ResolverOptions): ResolverOptions;
}

export type Ask = Partial<{ readonly checkingDisabled: boolean; readonly validate: boolean }>;

export class ReviewNetwork {
  readonly clock = new VirtualClock();
  readonly network = new SimulatedNetwork({ clock: this.clock, random: new SeededRandom(7) });
  readonly crashes: unknown[] = [];
  readonly bogus: string[] = [];
  hierarchy: Hierarchy;
  readonly resolver: RecursiveResolver;
  private readonly options: ReviewOptions;

  constructor(options: ReviewOptions, hierarchy?: Hierarchy) {
    const { clock, network } = this;
    this.options = options;
    this.hierarchy = hierarchy ?? buildHierarchy({ zones: options.zones, nowSeconds: DEFAULT_WALL_SECONDS });
    addHierarchy(network, this.hierarchy);
    const anchors = new TrustAnchors();
    const lines = options.withoutRootAnchor ? [] : [...this.hierarchy.trustAnchors];
    for (const zone of options.anchored ?? []) lines.push(...this.hierarchy.anchorsOf(zone));
    for (const record of parseZoneText(`${lines.join('\n')}\n`, { defaultTtl: 0 }).records) {
      const ds = parseDS(record.rdata);
      if (ds !== undefined) anchors.addDS(record.name, ds);
    }
    for (const zone of options.negative ?? []) anchors.addNegative(nameOf(zone), 'test');
    const plain: ResolverOptions = {
      rootServers: this.rootServers(),
      anchors,
      forwardZones: (options.forwardZones ?? []).map(
        ({ zone, address, recurse, first }): ForwardZone => ({
          zone: nameOf(zone),
          servers: [serverAddress(address)],
          recurse,
          first: first ?? false,
        }),
      ),
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
        tcpTimeoutMs: 4500,
        anyToTcp: true,
        bypassThrottlingOneIn: 25,
        exemptions: new ThrottleExemptions(),
        mayAsk: () => true,
      },
      request: DEFAULT_REQUEST_LIMITS,
      cache: DEFAULT_CACHE_OPTIONS,
      validation: {
        policy: DEFAULT_ALGORITHM_POLICY,
        limits: DEFAULT_DNSSEC_LIMITS,
        chainLimits: DEFAULT_CHAIN_LIMITS,
        hardenStripped: true,
        inceptionSkew: 60,
        expirationSkew: 0,
      },
    };
    const random = new SeededRandom(3);
    this.resolver = new RecursiveResolver(options.change?.(plain) ?? plain, {
      exchange: new UpstreamExchange({ sockets: network, clock, timers: clock, random }),
      timers: clock,
      clock,
      random,
      events: {
        upstream: () => {},
        bogus: (_question, _reason, summary) => this.bogus.push(summary),
        crashed: (_question, error) => this.crashes.push(error),
      },
      useThreadPool: false,
    });
  }

  /** The same network with a resolver that knows nothing. */
  fresh(): ReviewNetwork {
    return new ReviewNetwork(this.options, this.hierarchy);
  }

  private rootServers() {
    const { records } = parseZoneText(this.hierarchy.rootHints, { defaultTtl: 0 });
    return records
      .filter(({ type }) => type === RRType.A)
      .map((record) => ({ name: record.name, glue: [addressOfOctets(record.rdata)] }));
  }

  /** Lets the servers of a zone answer what `rewrite` makes of the truth. */
  rewrite(zone: string, rewrite: NonNullable<AnswerOptions['rewrite']>): void {
    for (const address of this.hierarchy.zone(zone).addresses) {
      const zones = this.hierarchy.servers.get(address);
      if (zones !== undefined) this.network.addServer(address, authority(zones, { rewrite }));
    }
  }

  /** The servers tell the truth again. */
  restore(): void {
    addHierarchy(this.network, this.hierarchy);
  }

  start(question: string, ask: Ask, done: (resolution: Resolution) => void): void {
    const [name = '.', type = 'A'] = question.split(' ');
    this.resolver.resolve(
      {
        question: { name: nameOf(name), type: parseType(type) ?? 0, class: RRClass.IN },
        checkingDisabled: ask.checkingDisabled ?? false,
        recursionDesired: true,
        validate: ask.validate ?? true,
      },
      done,
    );
  }

  resolve(question: string, ask: Ask = {}): Resolution {
    return this.clock.complete<Resolution>((done) => this.start(question, ask, done), question);
  }

  /** `NOERROR secure AD 1`: RCODE, verdict, whether it is authentic, and how many RRsets answer. */
  status(question: string, ask: Ask = {}): string {
    return statusOf(this.resolve(question, ask));
  }

  /** Questions that reached servers since `from`, as `name TYPE`. */
  asked(from = 0): string[] {
    return this.network.trace
      .slice(from)
      .filter(({ what }) => what === 'query')
      .map(({ text }) => text);
  }
}

export function statusOf({ rcode, verdict, authentic, answer, errors }: Resolution): string {
  const reason = verdict !== undefined && 'reason' in verdict ? `:${verdict.reason}` : '';
  const owners = answer.map(({ rrset }) => nameText(rrset.name)).length;
  const failure = rcode === 2 && verdict?.status !== 'bogus' ? ` (${errors[0]?.text ?? ''})` : '';
  return `${rcodeText(rcode)} ${verdict?.status ?? 'none'}${reason}${authentic ? ' AD' : ''} ${owners}${failure}`;
}
