// Are these draws uniform? Pearson's test, with the normal approximation of Wilson and Hilferty for many cells.

/** The standard score of the statistic: above 4 with a probability of 1 in 30,000 when the draws are uniform. */
export function chiSquareScore(counts: ArrayLike<number>, draws: number): number {
  const expected = draws / counts.length;
  let statistic = 0;
  for (let cell = 0; cell < counts.length; cell++) statistic += ((counts[cell] ?? 0) - expected) ** 2 / expected;
  const freedom = counts.length - 1;
  const mean = 1 - 2 / (9 * freedom);
  return (Math.cbrt(statistic / freedom) - mean) / Math.sqrt(2 / (9 * freedom));
}
