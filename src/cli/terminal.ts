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
