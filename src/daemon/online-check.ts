// `kedge check-config --online`: the questions that the program asks its forwarders at the start, asked once, with what
// came of them as data instead of log lines.
import type { Config } from '../config/schema.ts';
import { openAside } from './aside-resolver.ts';
import { checkForwarders } from './forwarder-checks.ts';
import { probeRoot } from './probes.ts';
import { forwardZones } from './resolver-options.ts';

/** One thing that an operator should know. */
export interface OnlineFinding {
  readonly level: 'warn' | 'info';
  readonly message: string;
  readonly zone: string | undefined;
  /** What else is known, as the log has it: server, why, key tags... */
  readonly details: readonly string[];
  readonly remedy: string | undefined;
  /** The line for a Lua file, which `recursor.conf` names with `lua-config-file`. */
  readonly lua: string | undefined;
  /** The line for `recursor.yml`. */
  readonly yaml: string | undefined;
}

/** Asks the root servers and every forward zone's servers. Throws a `StartError` for files that cannot be read. */
export async function checkOnline(config: Config): Promise<readonly OnlineFinding[]> {
  const findings: OnlineFinding[] = [];
  const aside = openAside(config, {
    sink: {
      write: (line) => {
        const finding = findingOf(JSON.parse(line));
        if (finding !== undefined) findings.push(finding);
      },
    },
  });
  const { resolver, anchors, exchange, random, clock, log } = aside;
  const { validation } = config.dnssec;
  const validates = validation !== 'off' && validation !== 'process-no-validate';
  try {
    const isOnline = await new Promise<boolean>((done) => probeRoot(resolver, validates, log, done));
    const zones = forwardZones(config);
    await checkForwarders({ zones, anchors, validates, isOnline }, { exchange, resolver, random, clock, log });
  } finally {
    aside.close();
  }
  return findings;
}

const namedFields: ReadonlySet<string> = new Set(['level', 'message', 'zone', 'remedy', 'lua', 'yaml', 'suppressed']);

/** A log line as a finding; undefined for one that says that all is well. */
function findingOf(line: unknown): OnlineFinding | undefined {
  if (typeof line !== 'object' || line === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(line));
  const text = (name: string): string | undefined => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const message = text('message') ?? '';
  if (message === 'the root servers answer') return undefined;
  const details = [...fields]
    .filter(([name]) => !namedFields.has(name))
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : String(value)}`);
  return {
    level: text('level') === 'info' ? 'info' : 'warn',
    message,
    zone: text('zone'),
    details,
    remedy: text('remedy'),
    lua: text('lua'),
    yaml: text('yaml'),
  };
}
