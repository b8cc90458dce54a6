// The numbers of one program: counted where things happen, read by whoever shows them.
import { type Bucket, Histogram } from './histogram.ts';
import { type MetricKind, type MetricName, type MetricRow, metricNames, metricTable } from './metric-table.ts';

export type { MetricName } from './metric-table.ts';

/** One number as it is exported. */
export interface MetricSample {
  readonly name: MetricName;
  /** With its prefix, as Prometheus sees it. */
  readonly exportedName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly kind: MetricKind;
  readonly help: string;
  readonly value: number;
}

/** One histogram as it is exported. */
export interface HistogramSample {
  /** Without `_bucket`, `_sum` and `_count`. */
  readonly exportedName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly help: string;
  readonly buckets: readonly Bucket[];
  readonly sumSeconds: number;
}

interface HistogramRow {
  /** As `get` and `get-all` know it, in front of `le-...`, `sum` and `count`; `ending` comes behind those. */
  readonly statistic: string;
  readonly ending: string;
  readonly exportedName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly help: string;
  readonly firstMicroseconds: number;
  readonly bounds: number;
}

const histogramTable = {
  clientAnswers: {
    statistic: 'cumul-clientanswers',
    ending: '',
    exportedName: 'pdns_recursor_cumul_clientanswers_seconds',
    labels: {},
    help: 'Time to answer clients',
    firstMicroseconds: 10,
    bounds: 19,
  },
  serverAnswers4: {
    statistic: 'cumul-authanswers',
    ending: '4',
    exportedName: 'pdns_recursor_cumul_authanswers_seconds',
    labels: { ipversion: 'v4' },
    help: 'Time that servers took to answer',
    firstMicroseconds: 1000,
    bounds: 13,
  },
  serverAnswers6: {
    statistic: 'cumul-authanswers',
    ending: '6',
    exportedName: 'pdns_recursor_cumul_authanswers_seconds',
    labels: { ipversion: 'v6' },
    help: 'Time that servers took to answer',
    firstMicroseconds: 1000,
    bounds: 13,
  },
} as const satisfies Record<string, HistogramRow>;

type HistogramName = keyof typeof histogramTable;

function newHistogram(name: HistogramName): Histogram {
  const { firstMicroseconds, bounds } = histogramTable[name];
  return new Histogram(firstMicroseconds, bounds);
}

/** Counters only go up; a gauge, or a counter kept elsewhere, is read when asked for. */
export class Metrics {
  readonly histograms: Readonly<Record<HistogramName, Histogram>> = {
    clientAnswers: newHistogram('clientAnswers'),
    serverAnswers4: newHistogram('serverAnswers4'),
    serverAnswers6: newHistogram('serverAnswers6'),
  };
  private readonly values: Record<MetricName, number>;
  private readonly sources = new Map<MetricName, () => number>();
  private readonly additions = new Map<MetricName, (() => number)[]>();

  constructor() {
    this.values = Object.fromEntries(metricNames.map((name) => [name, 0])) as Record<MetricName, number>;
  }

  increment(name: MetricName, by = 1): void {
    this.values[name] += by;
  }

  /** Lets `read` give the value from now on. */
  observe(name: MetricName, read: () => number): void {
    this.sources.set(name, read);
  }

  /** Lets `read` give what is counted elsewhere, on top of what is counted here. */
  add(name: MetricName, read: () => number): void {
    this.additions.set(name, [...(this.additions.get(name) ?? []), read]);
  }

  value(name: MetricName): number {
    let value = this.sources.get(name)?.() ?? this.values[name];
    for (const read of this.additions.get(name) ?? []) value += read();
    return value;
  }

  /** All metrics but the histograms, in the order of the table. */
  samples(): MetricSample[] {
    return metricNames.map((name) => {
      const row: MetricRow = metricTable[name];
      const { family } = row;
      const exportedName = `${row.own === true ? 'kedge' : 'pdns_recursor'}_${family?.name ?? name}`;
      const labels = family === undefined ? {} : { [family.label]: family.value };
      return { name, exportedName, labels, kind: row.kind, help: row.help, value: this.value(name) };
    });
  }

  histogramSamples(): HistogramSample[] {
    return this.rows().map(({ row, histogram }) => ({
      exportedName: row.exportedName,
      labels: row.labels,
      help: row.help,
      buckets: histogram.buckets(),
      sumSeconds: histogram.sumSeconds,
    }));
  }

  /** Every number under the name that `get` and `get-all` know, with hyphens; our own begin with `kedge-`. */
  statistics(): Map<string, number> {
    const statistics = new Map<string, number>();
    for (const name of metricNames) {
      const row: MetricRow = metricTable[name];
      statistics.set(`${row.own === true ? 'kedge-' : ''}${name.replaceAll('_', '-')}`, this.value(name));
    }
    for (const { row, histogram } of this.rows()) {
      const { statistic, ending } = row;
      for (const { boundMicroseconds, count } of histogram.buckets()) {
        const bound = Number.isFinite(boundMicroseconds) ? boundMicroseconds : 'max';
        statistics.set(`${statistic}-le-${bound}${ending}`, count);
      }
      statistics.set(`${statistic}-sum${ending}`, histogram.sumSeconds);
      statistics.set(`${statistic}-count${ending}`, histogram.count);
    }
    return statistics;
  }

  private rows(): { readonly row: HistogramRow; readonly histogram: Histogram }[] {
    const { clientAnswers, serverAnswers4, serverAnswers6 } = this.histograms;
    return [
      { row: histogramTable.clientAnswers, histogram: clientAnswers },
      { row: histogramTable.serverAnswers4, histogram: serverAnswers4 },
      { row: histogramTable.serverAnswers6, histogram: serverAnswers6 },
    ];
  }
}
