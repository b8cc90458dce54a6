// Loading again and again while the page is looked at; slower while kedge does not answer.
import type { Refusal, Reply } from './api.ts';
import { connectionLost, connectionUp } from './connection.ts';

export interface PollOptions<T> {
  load(signal: AbortSignal): Promise<Reply<T>>;
  show(value: T): void;
  /** The first load was refused, or another one for a reason that waiting does not mend. */
  refused(refusal: Refusal): void;
  readonly everyMs: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const MAX_WAIT_MS = 15_000;

/** Starts at once. Gives the function that loads now. */
export function poll<T>({ load, show, refused, everyMs, signal }: PollOptions<T>): () => void {
  let timer: number | undefined;
  let waitMs = everyMs;
  let isLoading = false;
  let isWanted = false;
  let wasShown = false;

  const tick = async (): Promise<void> => {
    isWanted = isLoading;
    if (isLoading || signal.aborted || document.hidden) return;
    clearTimeout(timer);
    isLoading = true;
    const reply = await load(signal);
    isLoading = false;
    if (signal.aborted) return;
    if (reply.ok) {
      waitMs = everyMs;
      wasShown = true;
      connectionUp();
      show(reply.value);
    } else {
      waitMs = Math.min(MAX_WAIT_MS, Math.max(2000, waitMs * 2));
      if (reply.status === 0) connectionLost(waitMs, retry);
      else connectionUp();
      if (reply.status !== 0 || !wasShown) refused(reply);
    }
    // Somebody asked for it while the answer was on its way: it may say less than they want to know.
    timer = window.setTimeout(tick, isWanted ? 0 : waitMs);
    isWanted = false;
  };
  const retry = (): void => {
    void tick();
  };
  document.addEventListener('visibilitychange', retry, { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  retry();
  return retry;
}
