// `kedge tamper`: stands for a while between the running resolver and the server of a forward zone, changes what comes
// back, and shows that each change was refused, and why.

import { type Explanation, isExplanation } from '../../explain/explanation.ts';
import { type Tampering, tamperings } from '../../lab/tampering.ts';
import { type ProxyTarget, TamperingProxy } from '../../lab/tampering-proxy.ts';
import { parseName } from '../../wire/name-text.ts';
import { askProgram } from '../control/control-client.ts';
import { type ControlOptions, parseControlOptions } from '../control/control-options.ts';
import { controlPlace } from '../control/control-place.ts';
import { ExitCode, type Terminal } from '../terminal.ts';

export interface TamperFlags {
  readonly config?: string;
  readonly socketDir?: string;
  readonly seconds?: string;
  readonly how?: string;
}

/** What one way of tampering does, for people. */
const deeds: Readonly<Record<Tampering, string>> = {
  flip: 'one bit of each signature turned',
  strip: 'RRSIG records taken away',
  replay: 'signatures dated three months back',
  address: 'another address in the answer',
};

/** What `replay` does where the zone was signed anew since it was seen first. */
const REPLAYED = 'expired signatures seen earlier';

/** The running resolver ends the diversion by itself after so long, whatever happens here. */
const DEFAULT_SECONDS = 30;
const MAX_SECONDS = 600;
const CONTROL_TIMEOUT_MS = 20_000;

/**
 * Tampers in each way with each name, then ends; with `--seconds` it goes on until the time is over. The exit code is 1
 * when a change was not refused.
 */
export async function tamper(
  words: readonly string[],
  flags: TamperFlags,
  terminal: Terminal,
  ended: () => Promise<void>,
): Promise<number> {
  const plan = planOf(words, flags);
  if (typeof plan === 'string') {
    terminal.error(`kedge: ${plan}\n`);
    return ExitCode.USAGE;
  }
  const proxy = await TamperingProxy.start();
  const run = new TamperRun(plan, proxy, terminal);
  try {
    return await run.toTheEnd(ended());
  } finally {
    // Before anything else: the resolver must not ask a port where nobody listens.
    await run.restore();
    proxy.close();
  }
}

interface Plan {
  readonly zone: string;
  readonly names: readonly string[];
  readonly ways: readonly Tampering[];
  readonly seconds: number | undefined;
  /** Of the control socket. */
  readonly path: string;
}

function planOf([zone = '', ...names]: readonly string[], flags: TamperFlags): Plan | string {
  for (const word of [zone, ...names]) {
    const parsed = parseName(word);
    if (!parsed.ok) return `'${word}': ${parsed.error}`;
  }
  const ways = flags.how === undefined ? tamperings : tamperings.filter((known) => known === flags.how);
  if (ways.length === 0) return `'${flags.how}' is no way of tampering; there are ${tamperings.join(', ')}`;
  const seconds = flags.seconds === undefined ? undefined : Number(flags.seconds);
  if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_SECONDS)) {
    return `'${flags.seconds}' is no number of seconds from 1 to ${MAX_SECONDS}`;
  }
  const place = controlPlace(controlOptions(flags));
  if (!place.ok) return place.reason;
  const asked = names.length > 0 ? names : [zone, `www.${zone}`];
  return { zone, names: asked, ways, seconds, path: place.path };
}

function controlOptions({ config, socketDir }: TamperFlags): ControlOptions {
  const args = [
    ...(config === undefined ? [] : [`--config=${config}`]),
    ...(socketDir === undefined ? [] : [`--socket-dir=${socketDir}`]),
    'ping',
  ];
  const options = parseControlOptions(args);
  if (typeof options === 'string') throw new Error(options);
  return options;
}

class TamperRun {
  private readonly plan: Plan;
  private readonly proxy: TamperingProxy;
  private readonly terminal: Terminal;
  private isDiverted = false;
  private isOver = false;

  constructor(plan: Plan, proxy: TamperingProxy, terminal: Terminal) {
    this.plan = plan;
    this.proxy = proxy;
    this.terminal = terminal;
  }

  async toTheEnd(ended: Promise<void>): Promise<number> {
    const { plan, proxy, terminal } = this;
    const interrupted = ended.then(() => {
      this.isOver = true;
    });
    const startedAtMs = performance.now();
    const seconds = plan.seconds ?? DEFAULT_SECONDS;
    const diverted = await this.control('divert-forward', plan.zone, String(proxy.port), String(seconds));
    if (!diverted.ok) return this.failed(diverted.text);
    this.isDiverted = true;
    const [server] = serversOf(diverted.text);
    if (server === undefined) return this.failed('the resolver names no server of the zone');
    proxy.target = server;
    terminal.out(`Between kedge and ${server.address}:${server.port}, the server of ${plan.zone}:\n\n`);
    const isRefused = await this.tryAll();
    if (isRefused === undefined) return ExitCode.BAD;
    if (plan.seconds !== undefined && !this.isOver) {
      proxy.how = plan.ways[0];
      await this.control('wipe-cache', `${plan.zone}$`);
      const leftMs = startedAtMs + seconds * 1000 - performance.now();
      const word = proxy.how === undefined ? '' : deeds[proxy.how];
      terminal.out(
        `\nGoing on (${word}) for ${Math.max(0, Math.round(leftMs / 1000))} s: ask for names in ${plan.zone}.\n`,
      );
      await Promise.race([interrupted, new Promise((resolve) => setTimeout(resolve, leftMs).unref())]);
    }
    return isRefused ? ExitCode.SUCCESS : ExitCode.BAD;
  }

  /** Has the resolver ask its own servers again, and shows that it gets honest answers. */
  async restore(): Promise<void> {
    if (!this.isDiverted) return;
    this.isDiverted = false;
    const { terminal, plan, proxy } = this;
    const ended = await this.control('end-divert');
    if (!ended.ok) {
      terminal.error(`kedge: ${ended.text}; kedge asks the zone's own servers again within ${DEFAULT_SECONDS} s\n`);
      return;
    }
    const [name = plan.zone] = plan.names;
    const after = await this.explained(name);
    terminal.out(`\nIts own servers are asked again: ${name} is ${after?.status ?? 'unknown'}. `);
    terminal.out(`${proxy.changed} of ${proxy.replies} replies were changed; nothing of it is kept.\n`);
  }

  /** Whether every change was refused; undefined when that could not be found out. */
  private async tryAll(): Promise<boolean | undefined> {
    const { plan, proxy, terminal } = this;
    let isRefused = true;
    for (const name of plan.names) {
      proxy.how = undefined;
      const honest = await this.fresh(name);
      if (honest === undefined) return undefined;
      terminal.out(`${name}  ${honest.status} without changes${remarkOf(honest)}\n`);
      if (honest.status === 'insecure' || honest.status === 'indeterminate') {
        terminal.out('  Nothing protects this zone: kedge would believe whatever it is told.\n');
        isRefused = false;
      }
      if (honest.status !== 'secure') continue;
      for (const how of plan.ways) {
        if (this.isOver) return isRefused;
        proxy.how = how;
        const before = proxy.changed;
        const { replayed } = proxy;
        const explanation = await this.fresh(name);
        proxy.how = undefined;
        if (explanation === undefined) return undefined;
        const isChanged = proxy.changed > before && (how !== 'address' || honest.answer.length > 0);
        const wasRefused = explanation.status === 'bogus' || explanation.status === 'failed';
        if (isChanged && !wasRefused) isRefused = false;
        const deed = how === 'replay' && proxy.replayed > replayed ? REPLAYED : deeds[how];
        terminal.out(`  ${how.padEnd(8)} ${deed.padEnd(34)} ${verdictText(isChanged, wasRefused, explanation)}\n`);
      }
    }
    return isRefused;
  }

  /** What the resolver makes of a name that it knows nothing of. */
  private async fresh(name: string): Promise<Explanation | undefined> {
    await this.control('wipe-cache', `${this.plan.zone}$`);
    return await this.explained(name);
  }

  private async explained(name: string): Promise<Explanation | undefined> {
    const answer = await this.control('explain', name, 'A');
    if (!answer.ok) {
      this.failed(answer.text);
      return undefined;
    }
    const value: unknown = JSON.parse(answer.text);
    return isExplanation(value) ? value : undefined;
  }

  private async control(...args: readonly string[]): Promise<{ readonly ok: boolean; readonly text: string }> {
    const answer = await askProgram({ path: this.plan.path, args, timeoutMs: CONTROL_TIMEOUT_MS }, { file: () => {} });
    return answer.ok ? { ok: answer.exit === 0, text: answer.text.trim() } : answer;
  }

  private failed(text: string): number {
    this.terminal.error(`kedge: ${text}\n`);
    return ExitCode.BAD;
  }
}

function remarkOf({ cause }: Explanation): string {
  return cause === null ? '' : `: ${cause.text}`;
}

function verdictText(isChanged: boolean, wasRefused: boolean, { cause, status }: Explanation): string {
  if (!isChanged) return 'nothing of this kind in the replies';
  return wasRefused ? `refused: ${cause?.text ?? status}` : `NOT REFUSED: ${status}`;
}

function serversOf(text: string): readonly ProxyTarget[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('address' in entry) || !('port' in entry)) return [];
    const { address, port } = entry;
    return typeof address === 'string' && typeof port === 'number' ? [{ address, port }] : [];
  });
}
