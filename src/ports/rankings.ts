// The top lists: what is counted, and what the commands, the HTTP API and the pages get of it.

/** The lists, by the names of the commands that show them, without `top-`. */
export type RankingName =
  | 'queries'
  | 'pub-queries'
  | 'remotes'
  | 'servfail-queries'
  | 'servfail-remotes'
  | 'bogus-queries'
  | 'bogus-remotes'
  | 'pub-servfail-queries'
  | 'pub-bogus-queries'
  | 'largeanswer-remotes'
  | 'timeouts';

/** A ring of the last entries: how many it holds, and their counts, the greatest first (all of them). */
export interface RankingResult {
  readonly total: number;
  readonly entries: readonly RankedEntry[];
}

export interface RankedEntry {
  readonly text: string;
  readonly count: number;
}
