/**
 * Settings for every program that tests start, so that whole suites can be run with another driver or with threads:
 * `KEDGE_DRIVER=dgram` or `batch`, `KEDGE_THREADS=2`.
 */
export const variantSettings: readonly string[] = [
  ...setting('kedge.driver', process.env['KEDGE_DRIVER']),
  ...setting('recursor.threads', process.env['KEDGE_THREADS']),
];

function setting(name: string, value: string | undefined): string[] {
  return value === undefined || value === '' ? [] : [`--${name}=${value}`];
}
