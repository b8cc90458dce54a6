import type { Config } from '../config/schema.ts';

/** What is logged of queries, changed while the program runs. */
export interface LogSwitches {
  /** A line each time data are found bogus (`dnssec.log_bogus`, mode `log-fail`). */
  logBogus: boolean;
  /** A line for each question and each answer (`logging.quiet: false`). */
  logQueries: boolean;
}

export function logSwitches({ dnssec, logging }: Pick<Config, 'dnssec' | 'logging'>): LogSwitches {
  return { logBogus: dnssec.log_bogus || dnssec.validation === 'log-fail', logQueries: !logging.quiet };
}
