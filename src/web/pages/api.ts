// Requests to kedge. Nothing here throws: a server that is gone is a reply like any other.

export type Reply<T> = { readonly ok: true; readonly value: T } | Refusal;

export interface Refusal {
  readonly ok: false;
  /** Of HTTP; 0 when nothing came back. */
  readonly status: number;
  readonly error: string;
  readonly remedy: string;
}

/** Whether a value has the outline that a page needs. */
export type Guard<T> = (value: unknown) => value is T;

const TIMEOUT_MS = 15_000;

/** Reads something; `signal` ends it. */
export async function read<T>(path: string, guard: Guard<T>, signal: AbortSignal): Promise<Reply<T>> {
  const reply = await request(path, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  if (!reply.ok) return reply;
  if (guard(reply.value)) return { ok: true, value: reply.value };
  return {
    ok: false,
    status: 502,
    error: 'The answer has another form than these pages expect.',
    remedy: 'Load the page again: kedge was replaced by another version.',
  };
}

/** Changes something, with the API key. */
export async function write(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body: object | undefined,
  apiKey: string,
): Promise<Reply<unknown>> {
  return await request(path, {
    method,
    headers: { 'X-API-Key': apiKey, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

async function request(path: string, init: RequestInit): Promise<Reply<unknown>> {
  try {
    const response = await fetch(path, { ...init, cache: 'no-store' });
    const text = await response.text();
    const value = parseJSON(text);
    if (response.ok) return { ok: true, value };
    return { ok: false, status: response.status, ...reasonOf(value, response.status) };
  } catch {
    return { ok: false, status: 0, error: 'kedge does not answer.', remedy: 'See whether it still runs.' };
  }
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(value: unknown, status: number): { error: string; remedy: string } {
  if (typeof value === 'object' && value !== null && 'error' in value && typeof value.error === 'string') {
    return { error: value.error, remedy: 'remedy' in value && typeof value.remedy === 'string' ? value.remedy : '' };
  }
  return { error: `kedge answered with HTTP status ${status}.`, remedy: 'Its log may say more.' };
}

/** An object whose named members are arrays. */
export function withArrays<T>(...names: readonly (keyof T & string)[]): Guard<T> {
  return (value): value is T => {
    if (typeof value !== 'object' || value === null) return false;
    const members = new Map<string, unknown>(Object.entries(value));
    return names.every((name) => Array.isArray(members.get(name)));
  };
}
