// What an anchor command says: lines for people, or one JSON document at the end.
import { createInterface } from 'node:readline/promises';
import type { Terminal } from '../terminal.ts';

export class Output {
  readonly json: boolean;
  private readonly terminal: Terminal;

  constructor(terminal: Terminal, json: boolean) {
    this.terminal = terminal;
    this.json = json;
  }

  /** One line; left out where JSON is wanted. */
  line(text = ''): void {
    if (!this.json) this.terminal.out(`${text}\n`);
  }

  /** What went wrong, and what to do; part of the document where JSON is wanted. */
  problem(error: string, remedy: string): void {
    if (this.json) return;
    const stop = /[.!?]$/.test(error) || remedy === '' ? '' : '.';
    this.terminal.error(`kedge: ${error}${stop}${remedy === '' ? '' : ` ${remedy}`}\n`);
  }

  document(value: object): void {
    if (this.json) this.terminal.out(`${JSON.stringify(value, undefined, 2)}\n`);
  }
}

/** Asks a person; undefined where nobody sits at the terminal. */
export type Confirm = (question: string) => Promise<boolean | undefined>;

export const confirmAtTerminal: Confirm = async (question) => {
  if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
};
