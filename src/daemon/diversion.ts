// A forward zone that asks a server on this machine for a while: `kedge tamper` stands there. It ends by itself, so that
// whatever becomes of the one who asked for it, nothing stays behind.
import { Region } from '../cache/region.ts';
import type { DivertedServer, DivertOutcome } from '../control/target.ts';
import { serverAddress } from '../iterator/server-address.ts';
import type { Clock } from '../ports/clock.ts';
import type { Timer, Timers } from '../ports/timers.ts';
import type { ForwardZone, ResolverChange } from '../resolver/options.ts';
import type { Log } from '../telemetry/log.ts';
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';

const MAX_SECONDS = 600;
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

export interface DiversionParts {
  /** The forward zones as they are configured. */
  readonly forwardZones: () => readonly ForwardZone[];
  readonly change: (change: ResolverChange, region: Region) => number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly timers: Timers;
  readonly log: Pick<Log, 'always'>;
}

export class Diversion {
  private readonly parts: DiversionParts;
  private running: { readonly zone: DomainName; readonly timer: Timer } | undefined;

  constructor(parts: DiversionParts) {
    this.parts = parts;
  }

  /**
   * Asks 127.0.0.1 at `port` instead of the servers of a forward zone, for so many seconds, and says which servers it had.
   * What is known at and below the zone is forgotten, now and at the end.
   */
  start(zone: DomainName, port: number, seconds: number): DivertOutcome {
    const name = nameTextWithoutDot(zone);
    if (this.running !== undefined) {
      return { ok: false, text: `${nameTextWithoutDot(this.running.zone)} is diverted already; wait until that ends` };
    }
    if (!(seconds >= 1 && seconds <= MAX_SECONDS)) return { ok: false, text: `seconds go from 1 to ${MAX_SECONDS}` };
    if (!(port >= 1 && port <= 65_535)) return { ok: false, text: `${port} is no port` };
    const zones = this.parts.forwardZones();
    const diverted = zones.find((forward) => forward.zone.equals(zone));
    if (diverted === undefined)
      return { ok: false, text: `${name} is no forward zone; there are: ${namesText(zones)}` };
    if (diverted.servers.length === 0) return { ok: false, text: `${name} has no servers with configured addresses` };
    if (diverted.servers.some(({ tls }) => tls !== undefined)) {
      return {
        ok: false,
        text: `the servers of ${name} are asked over TLS, where nobody in between can change a thing`,
      };
    }
    const server = serverAddress(LOOPBACK, port);
    const forwardZones = zones.map((forward) => (forward === diverted ? { ...forward, servers: [server] } : forward));
    this.parts.change({ forwardZones }, Region.below(zone));
    const endsAtMs = this.parts.clock.monotonicMs() + seconds * 1000;
    this.running = { zone, timer: this.parts.timers.at(endsAtMs, () => this.end()) };
    this.parts.log.always('warn', 'a forward zone asks another server for a while', {
      zone: name,
      server: server.key,
      seconds,
    });
    const servers: DivertedServer[] = diverted.servers.map(({ address, port: at }) => ({ address, port: at }));
    return { ok: true, text: '', servers };
  }

  /** Asks the configured servers again; false when nothing was diverted. */
  end(): boolean {
    const { running } = this;
    if (running === undefined) return false;
    this.running = undefined;
    running.timer.cancel();
    this.parts.change({ forwardZones: this.parts.forwardZones() }, Region.below(running.zone));
    this.parts.log.always('warn', 'the forward zone asks its own servers again', {
      zone: nameTextWithoutDot(running.zone),
    });
    return true;
  }
}

function namesText(zones: readonly ForwardZone[]): string {
  return zones.length === 0 ? 'none' : zones.map(({ zone }) => nameTextWithoutDot(zone) || '.').join(', ');
}
