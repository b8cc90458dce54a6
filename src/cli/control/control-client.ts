// Asks the running program one thing over its control socket.
import { connect } from 'node:net';
import { frameText, LineSplitter, parseAnswerFrame } from '../../control/frames.ts';

/** Where answers go; `file` may ask for a pause by returning a promise. */
export interface AnswerSinks {
  readonly file: (text: string) => void | Promise<void>;
}

export type ControlAnswer =
  | { readonly ok: true; readonly exit: number; readonly text: string }
  /** There was no connection, or it broke; `text` is one line without newline. */
  | { readonly ok: false; readonly text: string };

export interface ControlQuestion {
  readonly path: string;
  readonly args: readonly string[];
  /** Longest silence; undefined waits for ever. */
  readonly timeoutMs: number | undefined;
}

/** Sends a command and takes its answer. */
export function askProgram({ path, args, timeoutMs }: ControlQuestion, sinks: AnswerSinks): Promise<ControlAnswer> {
  return new Promise((resolve) => {
    const splitter = new LineSplitter();
    const socket = connect(path);
    let text = '';
    let isConnected = false;
    const end = (answer: ControlAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    const take = async (lines: readonly string[]): Promise<void> => {
      for (const line of lines) {
        const frame = parseAnswerFrame(line);
        if (frame === undefined) return end({ ok: false, text: `'${path}' does not speak the protocol of kedge` });
        if ('exit' in frame) return end({ ok: true, exit: frame.exit, text });
        if ('out' in frame) text += frame.out;
        else await sinks.file(frame.file);
      }
    };
    // One block after the other, however long the caller's file takes.
    let earlier: Promise<void> = Promise.resolve();
    socket.setEncoding('utf8');
    if (timeoutMs !== undefined) {
      socket.setTimeout(timeoutMs, () => {
        end({ ok: false, text: `Timeout waiting for the answer of '${path}' (${timeoutMs / 1000} s)` });
      });
    }
    socket.once('connect', () => {
      isConnected = true;
      socket.write(frameText({ args }));
    });
    socket.on('data', (chunk: string) => {
      const lines = splitter.push(chunk);
      if (lines === undefined) {
        end({ ok: false, text: `'${path}' sends a line without end` });
        return;
      }
      socket.pause();
      earlier = earlier
        .then(() => take(lines))
        .then(
          () => void socket.resume(),
          (error: unknown) => end({ ok: false, text: systemText(error) }),
        );
    });
    socket.once('error', (error) => {
      const what = isConnected ? 'The connection broke' : `Unable to connect to remote '${path}'`;
      end({ ok: false, text: `${what}: ${systemText(error)}` });
    });
    socket.once('close', () => {
      void earlier.then(() => end({ ok: false, text: `'${path}' closed the connection without an answer` }));
    });
  });
}

/** What strerror(3) says for the errors that happen here; Node.js's own words for the others. */
const systemTexts: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'Permission denied'],
  ['ECONNREFUSED', 'Connection refused'],
  ['ECONNRESET', 'Connection reset by peer'],
  ['EEXIST', 'File exists'],
  ['EISDIR', 'Is a directory'],
  ['ENOENT', 'No such file or directory'],
  ['ENOSPC', 'No space left on device'],
  ['ENOTDIR', 'Not a directory'],
  ['ENOTSOCK', 'Socket operation on non-socket'],
  ['EPERM', 'Operation not permitted'],
  ['EPIPE', 'Broken pipe'],
  ['EROFS', 'Read-only file system'],
]);

/** The reason in an error of the operating system. */
export function systemText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return systemTexts.get(code) ?? error.message;
}
