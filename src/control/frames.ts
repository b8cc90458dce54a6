// What travels over the control socket: frames of one line of JSON each. A request is one frame, its answer any number of
// `out` and `file` frames and one `exit` frame, after which the server closes.

/** Longest request, octets: a command with its arguments. */
export const MAX_REQUEST_OCTETS = 65_536;
/** Longest line of an answer that a client takes, characters. */
const MAX_ANSWER_CHARACTERS = 64 * 1024 * 1024;

/** The command's name, then its arguments. A file name stays with whoever asks: it opens the file itself. */
export interface RequestFrame {
  readonly args: readonly string[];
}

/**
 * - `out`: text of the answer, for standard output, or standard error when the command failed.
 * - `file`: text for the file that the caller has named.
 * - `exit`: the last frame.
 */
export type AnswerFrame = { readonly out: string } | { readonly file: string } | { readonly exit: number };

export function frameText(frame: RequestFrame | AnswerFrame): string {
  return `${JSON.stringify(frame)}\n`;
}

/** The request in a line; undefined when it is none. Never throws. */
export function parseRequestFrame(line: string): RequestFrame | undefined {
  const value = parseJson(line);
  if (!isRecord(value)) return undefined;
  const { args } = value;
  if (!Array.isArray(args)) return undefined;
  return args.every((arg): arg is string => typeof arg === 'string') ? { args } : undefined;
}

/** The answer frame in a line; undefined when it is none. Never throws. */
export function parseAnswerFrame(line: string): AnswerFrame | undefined {
  const value = parseJson(line);
  if (!isRecord(value)) return undefined;
  const { out, file, exit } = value;
  if (typeof out === 'string') return { out };
  if (typeof file === 'string') return { file };
  return typeof exit === 'number' && Number.isInteger(exit) && exit >= 0 && exit <= 255 ? { exit } : undefined;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Cuts a stream of text into its lines; what is behind the last line feed waits for more. */
export class LineSplitter {
  private rest = '';
  private readonly maxCharacters: number;

  constructor(maxCharacters: number = MAX_ANSWER_CHARACTERS) {
    this.maxCharacters = maxCharacters;
  }

  /** The lines that are complete now, without line feeds; undefined when a line is too long. */
  push(text: string): string[] | undefined {
    // What has come before holds no line feed and is not looked through again: single octets cost no more than blocks.
    const lines: string[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      lines.push(this.rest + text.slice(start, end));
      this.rest = '';
      start = end + 1;
    }
    this.rest += text.slice(start);
    const isTooLong = this.rest.length > this.maxCharacters || lines.some((line) => line.length > this.maxCharacters);
    return isTooLong ? undefined : lines;
  }
}
