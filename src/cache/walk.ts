// Long walks along a cache, during which others may go first.

/** So many entries are looked at between two breaths. */
const ENTRIES_A_BREATH = 64;

/**
 * Calls `visit` for each of them. `breathe` is called from time to time; the cache must not be changed by it. Nor by `visit`
 * where the iteration would notice.
 */
export function walk<T>(entries: Iterable<T>, breathe: () => void, visit: (entry: T) => void): void {
  let seen = 0;
  for (const entry of entries) {
    visit(entry);
    if (++seen % ENTRIES_A_BREATH === 0) breathe();
  }
}
