// One connection at the control socket: one request, its answer, end. Whatever a client sends or leaves undone, only its
// own connection suffers.
import type { Socket } from 'node:net';
import type { CallersFile, CommandAnswer } from './command.ts';
import { runCommand } from './commands.ts';
import { type AnswerFrame, frameText, LineSplitter, MAX_REQUEST_OCTETS, parseRequestFrame } from './frames.ts';
import type { ControlTarget } from './target.ts';
import type { Traces } from './traces.ts';

export interface SessionLimits {
  /** The request must be complete after so many milliseconds. */
  readonly requestMs: number;
  /** A client that takes nothing for so many milliseconds is given up. */
  readonly stallMs: number;
  /** Octets that may wait in the socket before a command has to wait too. */
  readonly backlogOctets: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = { requestMs: 10_000, stallMs: 60_000, backlogOctets: 256 * 1024 };

export interface SessionParts {
  readonly target: ControlTarget;
  readonly traces: Traces;
  readonly onFault: (error: unknown) => void;
  readonly limits: SessionLimits;
}

/** Serves a connection until it is closed. */
export function serveSession(socket: Socket, parts: SessionParts): void {
  const splitter = new LineSplitter(MAX_REQUEST_OCTETS);
  const requestTimer = setTimeout(() => socket.destroy(), parts.limits.requestMs);
  requestTimer.unref();
  // Errors of a connection end it; there is nobody to tell.
  socket.on('error', () => socket.destroy());
  socket.once('close', () => clearTimeout(requestTimer));
  const onEnd = (): void => void socket.destroy();
  socket.once('end', onEnd);
  socket.setEncoding('utf8');
  const onText = (text: string): void => {
    const lines = splitter.push(text);
    if (lines !== undefined && lines.length === 0) return;
    clearTimeout(requestTimer);
    socket.off('end', onEnd);
    socket.off('data', onText);
    // Nothing more is expected; it is read all the same, so that the client's end is seen.
    socket.resume();
    const request = lines?.[0] === undefined ? undefined : parseRequestFrame(lines[0]);
    void answer(socket, request?.args, parts);
  };
  socket.on('data', onText);
}

async function answer(socket: Socket, args: readonly string[] | undefined, parts: SessionParts): Promise<void> {
  const { target, traces, limits, onFault } = parts;
  const file = new SocketFile(socket, limits);
  let given: CommandAnswer;
  try {
    given = args === undefined ? NO_REQUEST : await runCommand(args, target, file, traces);
  } catch (error) {
    onFault(error);
    given = FAULT;
  }
  const { text, exit, afterwards } = given;
  if (afterwards !== undefined) {
    // Once, when the answer has been handed over or cannot be.
    let isDone = false;
    const finish = (): void => {
      if (isDone) return;
      isDone = true;
      afterwards();
    };
    socket.once('finish', finish);
    socket.once('close', finish);
    if (socket.destroyed) finish();
  }
  if (socket.destroyed || socket.writableEnded) return;
  socket.setTimeout(limits.stallMs, () => socket.destroy());
  if (text !== '') socket.write(frameText({ out: text }));
  socket.end(frameText({ exit }));
}

const NO_REQUEST: CommandAnswer = { exit: 1, text: 'this is no request of kedge ctl\n' };
const FAULT: CommandAnswer = { exit: 1, text: 'fault of the program, see its log\n' };

/** The caller's file as seen from here: frames into the socket, no faster than they leave it. */
class SocketFile implements CallersFile {
  readonly gone: Promise<void>;
  private readonly socket: Socket;
  private readonly limits: SessionLimits;

  constructor(socket: Socket, limits: SessionLimits) {
    this.socket = socket;
    this.limits = limits;
    this.gone = new Promise((resolve) => {
      socket.once('close', () => resolve());
      socket.once('end', () => resolve());
      if (socket.destroyed) resolve();
    });
  }

  get backlogOctets(): number {
    return this.socket.writableLength;
  }

  async write(text: string): Promise<boolean> {
    const { socket, limits } = this;
    if (!this.isOpen) return false;
    const frame: AnswerFrame = { file: text };
    socket.write(frameText(frame));
    if (socket.writableLength <= limits.backlogOctets) return true;
    return await this.drained();
  }

  private get isOpen(): boolean {
    return !this.socket.destroyed && !this.socket.writableEnded;
  }

  /** Waits until the client has taken what is there, or has taken nothing for too long. */
  private async drained(): Promise<boolean> {
    const { socket, limits } = this;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        socket.off('drain', end);
        socket.off('close', end);
        resolve();
      };
      const timer = setTimeout(() => socket.destroy(), limits.stallMs);
      timer.unref();
      socket.once('drain', end);
      socket.once('close', end);
    });
    return this.isOpen;
  }
}
