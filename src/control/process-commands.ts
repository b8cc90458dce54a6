// The program itself: life signs, its end, its configuration, and numbers that can be set while it runs.
import { type Command, type CommandAnswer, type CommandCall, done, failed, reported } from './command.ts';
import type { Tunable } from './target.ts';

function parameters(which: 'current' | 'default'): Command['run'] {
  return ({ target, args }) => {
    let exit: 0 | 1 = 0;
    let text = '';
    for (const key of args.length === 0 ? [''] : args) {
      const value = target.parameter(key, which);
      if (value === undefined) exit = 1;
      const lines = value ?? `${key} not known`;
      text += lines.endsWith('\n') ? lines : `${lines}\n`;
    }
    return { exit, text };
  };
}

/** The target's text for what went wrong; PowerDNS's own word for what went well. */
function okOrReason({ ok, text }: { readonly ok: boolean; readonly text: string }): CommandAnswer {
  return ok ? done('ok') : failed(text);
}

/** A whole number as PowerDNS takes it: up to 32 bits. */
function parseNumber(text: string): number | undefined {
  return /^[0-9]{1,10}$/.test(text) && Number(text) <= 0xffff_ffff ? Number(text) : undefined;
}

/** Reads the one number that a command takes. */
function withNumber(what: string, args: readonly string[], use: (value: number) => CommandAnswer): CommandAnswer {
  const [word] = args;
  if (word === undefined || args.length !== 1) return failed(`Need to supply new ${what}`);
  const value = parseNumber(word);
  if (value === undefined) return failed(`Error parsing the new ${what}: '${word}' is no whole number`);
  return use(value);
}

interface TunableRow {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly tunable: Tunable;
  /** In error messages. */
  readonly what: string;
  /** In front of the new value. */
  readonly label: string;
  readonly help: string;
}

function setter({ name, aliases = [], tunable, what, label, help }: TunableRow): Command {
  return {
    name,
    aliases,
    usage: 'N',
    help,
    run: ({ target, args }) =>
      withNumber(what, args, (value) => {
        const { ok, text } = target.setTunable(tunable, value);
        return ok ? done(`${label}: ${value}`) : failed(text);
      }),
  };
}

/** For what only PowerDNS has: taken, so that scripts go on, and said so. */
const NO_EFFECT = 'this has no effect in kedge';

function withoutEffect(name: string, what: string, label: string): Command {
  return {
    name,
    usage: 'N',
    help: `Taken for compatibility; ${NO_EFFECT}.`,
    run: ({ args }) => withNumber(what, args, (value) => done(`${label}: ${value}\n${NO_EFFECT}`)),
  };
}

function setCarbonServer({ args: [server] }: CommandCall): CommandAnswer {
  const text = server === undefined ? 'cleared carbon-server setting' : `set carbon-server to '${server}'`;
  return done(`${text}\n${NO_EFFECT}`);
}

export const processCommands: readonly Command[] = [
  {
    name: 'ping',
    help: 'Check that all threads are alive.',
    run: ({ target }) => done(target.threadNames.map((name) => `pong ${name}`).join('\n')),
  },
  { name: 'version', help: 'Print the version of the running program.', run: ({ target }) => done(target.version) },
  {
    name: 'quit',
    help: 'End the program at once.',
    run: ({ target }) => ({ ...done('bye'), afterwards: () => target.quit(false) }),
  },
  {
    name: 'quit-nicely',
    aliases: ['stop'],
    help: 'End the program when the queries under way are answered.',
    run: ({ target }) => ({ ...done('bye nicely'), afterwards: () => target.quit(true) }),
  },
  {
    name: 'get-parameter',
    usage: '[KEY...]',
    help: 'Print settings: by old-style name, by section or by section.name; without a key the whole configuration.',
    run: parameters('current'),
  },
  {
    name: 'get-default-parameter',
    usage: '[KEY...]',
    help: 'Print the defaults of settings.',
    run: parameters('default'),
  },
  {
    name: 'reload-lua-config',
    aliases: ['reload-yaml'],
    usage: '[FILE]',
    help: 'Read the configuration again, with another Lua file from now on if one is named.',
    run: ({ target, args }) => reported(target.reloadConfig(args[0])),
  },
  {
    name: 'reload-zones',
    help: 'Read the forward zones and local zones again.',
    run: ({ target }) => okOrReason(target.reloadZones()),
  },
  {
    name: 'reload-acls',
    help: 'Read again who may ask.',
    run: ({ target }) => okOrReason(target.reloadAcls()),
  },
  {
    name: 'reload-lua-script',
    usage: '[FILE]',
    help: 'Not available: there are no Lua hooks yet.',
    run: () => failed('Lua hooks (lua-dns-script) are not supported, nothing reloaded'),
  },
  {
    name: 'unload-lua-script',
    usage: '[FILE]',
    help: 'Not available: there are no Lua hooks yet.',
    run: () => failed('Lua hooks (lua-dns-script) are not supported, nothing unloaded'),
  },
  setter({
    name: 'set-minimum-ttl',
    tunable: 'minimum-ttl',
    what: 'minimum TTL number',
    label: 'New minimum TTL',
    help: 'Set recursor.minimum_ttl_override until the next reload.',
  }),
  setter({
    name: 'set-max-cache-entries',
    tunable: 'max-cache-entries',
    what: 'cache size',
    label: 'New max cache entries',
    help: 'Set recordcache.max_entries until the next reload.',
  }),
  setter({
    name: 'set-max-packetcache-entries',
    tunable: 'max-packetcache-entries',
    what: 'packet cache size',
    label: 'New max packetcache entries',
    help: 'Set packetcache.max_entries until the next reload.',
  }),
  setter({
    name: 'set-max-aggr-nsec-cache-size',
    aliases: ['set-aggr-nsec-cache-size'],
    tunable: 'max-aggr-nsec-cache-size',
    what: 'aggressive NSEC cache size',
    label: 'New aggressive NSEC cache size',
    help: 'Set dnssec.aggressive_nsec_cache_size until the next reload.',
  }),
  withoutEffect('set-ecs-minimum-ttl', 'ECS minimum TTL number', 'New minimum ECS TTL'),
  withoutEffect('set-event-trace-enabled', 'event trace enabled value', 'New event trace enabled value'),
  {
    name: 'set-carbon-server',
    usage: '[SERVER]',
    help: `Taken for compatibility; ${NO_EFFECT}.`,
    run: setCarbonServer,
  },
  {
    name: 'get-proxymapping-stats',
    help: `Taken for compatibility: there are no proxy mappings.`,
    run: () => done('subnet\t\t\tmatches\tsuffixmatches'),
  },
  {
    name: 'get-remotelogger-stats',
    help: `Taken for compatibility: there are no remote loggers.`,
    run: () => done('Queued\tPipe-\tToo-\tOther-\tAddress\tType\n\tFull\tLarge\terror'),
  },
];
