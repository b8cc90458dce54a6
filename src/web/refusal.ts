// A request that is not answered: the status, one sentence, and what to do.

export interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly remedy: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function refusal(
  status: number,
  error: string,
  remedy: string,
  headers?: Readonly<Record<string, string>>,
): Refusal {
  return headers === undefined ? { status, error, remedy } : { status, error, remedy, headers };
}

/** What the client reads. */
export function refusalBody({ error, remedy }: Pick<Refusal, 'error' | 'remedy'>): string {
  return JSON.stringify({ error, remedy });
}
