/** kedge with the files that a user of PowerDNS Recursor has in /etc/powerdns, and its control tool. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type DigReply, dig } from '../support/dig.ts';
import type { Daemon, Finished, Namespace } from '../support/namespace.ts';
import type { PublishedRoot } from '../support/private-internet.ts';
import { KEDGE_ENTRY } from '../support/resolver.ts';
import { type StartedResolver, startKedge } from './resolvers.ts';

export class HomeResolver {
  readonly folder: string;
  readonly #namespace: Namespace;
  readonly #root: PublishedRoot;
  #started: StartedResolver | undefined;

  constructor(namespace: Namespace, root: PublishedRoot, folderName = 'powerdns') {
    this.#namespace = namespace;
    this.#root = root;
    this.folder = namespace.path(folderName);
    mkdirSync(this.folder, { recursive: true });
  }

  /** Writes recursor.conf with `lines`; what the private internet needs is added. */
  writeConf(lines: readonly string[]): void {
    const added = [`hint-file=${this.#root.hintFile}`, 'dont-query=192.168.0.0/16', 'security-poll-suffix='];
    writeFileSync(`${this.folder}/recursor.conf`, `${[...lines, ...added].join('\n')}\n`);
  }

  /** Writes recursor.lua with `lines` behind those that set the private root's anchor. */
  writeLua(lines: readonly string[]): void {
    const root = ['clearTA(".")', ...this.#root.anchors.map((ds) => `addTA(".", "${ds}")`)];
    writeFileSync(`${this.folder}/recursor.lua`, `${[...root, ...lines].join('\n')}\n`);
  }

  /** `configFile` is relative to the folder. */
  async start(settings: readonly string[] = [], configFile = 'recursor.conf'): Promise<void> {
    await this.stop();
    const options = { folder: this.folder, configFile, port: 53, settings };
    this.#started = await startKedge(this.#namespace, 'kedge', options);
  }

  async stop(): Promise<void> {
    await this.#started?.daemon.stop();
    this.#started = undefined;
  }

  get daemon(): Daemon {
    return this.#running.daemon;
  }

  get #running(): StartedResolver {
    if (this.#started === undefined) throw new Error('the resolver was not started');
    return this.#started;
  }

  /** Asks as `dig` does: with AD. */
  dig(...parameters: readonly string[]): Promise<DigReply> {
    return dig(this.#namespace, this.#running, parameters);
  }

  /** Runs the control tool. */
  ctl(...command: readonly string[]): Promise<Finished> {
    const tool = [process.execPath, KEDGE_ENTRY, 'ctl', `--socket-dir=${this.#running.socketFolder}`];
    return this.#namespace.run([...tool, ...command]);
  }

  /** All that the running program has logged. */
  log(): string {
    return readFileSync(this.#running.daemon.logFile, 'utf8');
  }

  /** Runs `kedge` to its end, with other arguments. */
  run(...parameters: readonly string[]): Promise<Finished> {
    return this.#namespace.run([process.execPath, KEDGE_ENTRY, ...parameters], { timeoutMs: 8_000 });
  }
}
