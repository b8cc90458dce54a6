// What goes on by itself as long as the program runs: the series of numbers, looks at anchored zones, signals to their servers.
import type { Config } from '../config/schema.ts';
import type { TrustAnchors } from '../dnssec/trust-anchor.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Timers } from '../ports/timers.ts';
import { SERIES_SPAN_SECONDS } from '../telemetry/series.ts';
import type { DomainName } from '../wire/name.ts';
import { AnchorLooks } from './anchor-looks.ts';
import { AnchorSignals } from './anchor-signals.ts';
import type { Journals } from './journals.ts';
import type { DaemonResolver } from './resolver-parts.ts';
import { StatisticsTimer } from './statistics.ts';

export interface BackgroundParts {
  readonly config: Config;
  readonly anchors: TrustAnchors;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly resolver: DaemonResolver;
  readonly journals: Pick<Journals, 'series'>;
  readonly opensWeb: boolean;
}

export function startBackground(parts: BackgroundParts): void {
  keepJournals(parts);
  signalAnchors(parts);
}

/** What the pages show of the past, and `kedge top`; questions of our own are only asked where there are pages. */
function keepJournals({ config, anchors, clock, timers, resolver, journals, opensWeb }: BackgroundParts): void {
  const tick = (): void => journals.series.tick(clock.wallSeconds());
  new StatisticsTimer(timers, clock, tick).every(SERIES_SPAN_SECONDS);
  const hasPages = opensWeb && config.webservice.webserver !== false;
  if (hasPages && config.dnssec.validation !== 'off') new AnchorLooks({ anchors, clock, timers, resolver }).start();
}

/** RFC 8145: which anchors are trusted here. */
function signalAnchors({ config, anchors, clock, timers, random, resolver }: BackgroundParts): void {
  const { validation } = config.dnssec;
  if (!config.kedge.trust_anchor_signaling || validation === 'off' || validation === 'process-no-validate') return;
  const ask = (name: DomainName, type: number): void => resolver.signal?.(name, type);
  new AnchorSignals({ anchors, clock, timers, random, ask }).start();
}
