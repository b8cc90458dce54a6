// What `GET /metrics` says: every number of the program in the text format of Prometheus, version 0.0.4. Nothing is counted here:
// the values are read where they are kept, when somebody asks for them.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** One number. Those with the same name differ in their labels. */
export interface NumberSample {
  readonly exportedName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly value: number;
}

/** One histogram. */
export interface HistogramSample {
  /** Without `_bucket`, `_sum` and `_count`. */
  readonly exportedName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly help: string;
  /** Cumulative; the last bound is infinite. */
  readonly buckets: readonly { readonly boundMicroseconds: number; readonly count: number }[];
  readonly sumSeconds: number;
}

export interface NumbersTarget {
  samples(): readonly NumberSample[];
  histograms(): readonly HistogramSample[];
}

const MICROSECONDS = 1_000_000;

/** A histogram that was counted elsewhere, bucket by bucket; the package can only count itself. */
class ReadHistogram extends Histogram {
  private readonly head: { readonly name: string; readonly help: string };
  private readonly read: () => readonly HistogramSample[];

  constructor(name: string, help: string, read: () => readonly HistogramSample[]) {
    super({ name, help, registers: [] });
    this.head = { name, help };
    this.read = read;
  }

  /** What the registry makes its text of. */
  async getForPromString(): Promise<object> {
    return { ...this.head, type: 'histogram', values: this.read().flatMap(histogramLines), aggregator: 'sum' };
  }
}

function histogramLines({ exportedName: name, labels, buckets, sumSeconds }: HistogramSample): object[] {
  const bounds = buckets.map(({ boundMicroseconds, count }) => ({
    metricName: `${name}_bucket`,
    value: count,
    labels: { ...labels, le: Number.isFinite(boundMicroseconds) ? boundMicroseconds / MICROSECONDS : '+Inf' },
  }));
  return [
    ...bounds,
    { metricName: `${name}_sum`, value: sumSeconds, labels },
    { metricName: `${name}_count`, value: buckets.at(-1)?.count ?? 0, labels },
  ];
}

/** Reads all numbers once for each text. */
export class MetricsText {
  readonly contentType: string;
  private readonly target: NumbersTarget;
  /** Its own: nothing that a package registers by itself gets in. */
  private readonly registry = new Registry();
  private readonly known = new Set<string>();
  private numbers = new Map<string, NumberSample[]>();
  private histograms = new Map<string, HistogramSample[]>();

  constructor(target: NumbersTarget) {
    this.target = target;
    this.contentType = this.registry.contentType;
  }

  async text(): Promise<string> {
    this.numbers = byName(this.target.samples());
    this.histograms = byName(this.target.histograms());
    for (const [name, samples] of this.numbers) if (!this.known.has(name)) this.register(name, samples);
    for (const [name, samples] of this.histograms) {
      if (this.known.has(name)) continue;
      this.known.add(name);
      const help = samples[0]?.help ?? '';
      this.registry.registerMetric(new ReadHistogram(name, help, () => this.histograms.get(name) ?? []));
    }
    return await this.registry.metrics();
  }

  private register(name: string, [first]: readonly NumberSample[]): void {
    if (first === undefined) return;
    this.known.add(name);
    const read = () => this.numbers.get(name) ?? [];
    const settings = { name, help: first.help, labelNames: Object.keys(first.labels), registers: [this.registry] };
    if (first.kind === 'gauge') {
      new Gauge({
        ...settings,
        collect() {
          this.reset();
          for (const { labels, value } of read()) this.set(labels, value);
        },
      });
      return;
    }
    new Counter({
      ...settings,
      collect() {
        this.reset();
        // A source that has gone back, as no counter may, must not stop the others from being read.
        for (const { labels, value } of read()) this.inc(labels, Math.max(0, value));
      },
    });
  }
}

function byName<Sample extends { readonly exportedName: string }>(samples: readonly Sample[]): Map<string, Sample[]> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const group = groups.get(sample.exportedName);
    if (group === undefined) groups.set(sample.exportedName, [sample]);
    else group.push(sample);
  }
  return groups;
}
