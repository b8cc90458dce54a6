// What a command writes to, so that tests can read it.

export interface Terminal {
  out(text: string): void;
  error(text: string): void;
}

/** The process's own streams. */
export const processTerminal: Terminal = {
  out: (text) => {
    process.stdout.write(text);
  },
  error: (text) => {
    process.stderr.write(text);
  },
};

/** Exit codes: success, the thing asked about is bad, wrong usage. */
export const ExitCode = { SUCCESS: 0, BAD: 1, USAGE: 2 } as const;

/** Resolves when the process is asked to end; a second request, as a shell and npm send it, changes nothing. */
export function endOfProgram(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
}
