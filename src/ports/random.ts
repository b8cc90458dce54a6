/** Chance as a parameter: crypto-grade in the daemon, seeded in tests. */
export interface Random {
  /** A uniform integer from 0 to `limit` - 1; `limit` is at most 2^32. */
  below(limit: number): number;
}
