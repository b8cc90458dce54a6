// What the program has stored: wiping it, writing it to the caller's file, and tracing how it comes about.
import { parseType } from '../wire/constants.ts';
import type { DomainName } from '../wire/name.ts';
import { parseNamePattern } from '../wire/name-pattern.ts';
import { parseName } from '../wire/name-text.ts';
import { type Command, type CommandAnswer, type CommandCall, done, failed } from './command.ts';
import { writeSliced } from './sliced.ts';
import type { Dump } from './target.ts';

interface Wipe {
  readonly name: DomainName;
  readonly subtree: boolean;
}

/** `NAME` alone, `NAME$` with everything below it. */
function parseWipe(word: string): Wipe | string {
  const subtree = word.endsWith('$') && !word.endsWith('\\$');
  const parsed = parseName(subtree ? word.slice(0, -1) : word);
  return parsed.ok ? { name: parsed.name, subtree } : `'${word}': ${parsed.error}`;
}

function wipe({ target }: CommandCall, words: readonly string[], type?: number): CommandAnswer {
  const wipes: Wipe[] = [];
  // All names are read before the first is wiped: a slip of the pen wipes nothing.
  for (const word of words) {
    const parsed = parseWipe(word);
    if (typeof parsed === 'string') return failed(`Error: ${parsed}, nothing wiped`);
    wipes.push(parsed);
  }
  let records = 0;
  let negativeRecords = 0;
  let packets = 0;
  for (const { name, subtree } of wipes) {
    const counts = target.wipeCache(name, subtree, type);
    records += counts.records;
    negativeRecords += counts.negativeRecords;
    packets += counts.packets;
  }
  return done(`wiped ${records} records, ${negativeRecords} negative records, ${packets} packets`);
}

function wipeTyped(call: CommandCall): CommandAnswer {
  const [word, ...names] = call.args;
  if (word === undefined) return failed('Need a qtype');
  const type = parseType(word);
  return type === undefined ? failed(`Unknown qtype ${word}`) : wipe(call, names, type);
}

/** All sections of `dump-cache`: records, negative, packets, aggressive. */
const ALL_SECTIONS = 'rnpa';

async function dumpCache({ target, args, file }: CommandCall): Promise<CommandAnswer> {
  const [path, ...words] = args;
  if (path === undefined) return failed('Command needs a file argument');
  const unknown = words.find((word) => !/^[rnpa]$/.test(word));
  if (unknown !== undefined) return failed(`'${unknown}' is no part of the cache: r, n, p or a`);
  const { lines, count } = target.dump('cache', words.length === 0 ? ALL_SECTIONS : words.join(''));
  await writeSliced(lines, file);
  return done(`dumped ${count()} records`);
}

function dumper(what: Dump): Command['run'] {
  return async ({ target, name, args, file }) => {
    if (args[0] === undefined) return failed('Command needs a file argument');
    const { lines, count } = target.dump(what, '');
    await writeSliced(lines, file);
    return done(`${name}: dumped ${count()} records`);
  };
}

function dump(name: string, what: Dump, help: string, aliases: readonly string[] = []): Command {
  return { name, aliases, usage: 'FILE', help, fileArgument: 0, run: dumper(what) };
}

function traceRegex({ target, args, file, traces }: CommandCall): CommandAnswer | Promise<CommandAnswer> {
  const [pattern, path] = args;
  if (pattern === undefined) {
    traces.end();
    target.endTrace();
    return done('unset');
  }
  if (path === undefined) return failed('Command needs two arguments');
  const names = parseNamePattern(pattern);
  return names.ok ? traces.run(target, names.pattern, file) : failed(`Not a regular expression: ${names.error}`);
}

export const cacheCommands: readonly Command[] = [
  {
    name: 'wipe-cache',
    aliases: ['flushname'],
    usage: 'NAME...',
    help: 'Forget what is cached for a name; NAME$ means everything below it too.',
    run: (call) => wipe(call, call.args),
  },
  {
    name: 'wipe-cache-typed',
    usage: 'TYPE NAME...',
    help: 'The same for the records of one type.',
    run: wipeTyped,
  },
  {
    name: 'dump-cache',
    usage: 'FILE [r|n|p|a]...',
    help: 'Write the caches to a new file (- is standard output): records, negative answers, packets, aggressive.',
    fileArgument: 0,
    run: dumpCache,
  },
  dump('dump-nsspeeds', 'nsspeeds', 'Write the response times of name servers to a new file.', ['dump-nsspeed']),
  dump('dump-throttlemap', 'throttlemap', 'Write the questions that are not asked for a while to a new file.'),
  dump('dump-failedservers', 'failedservers', 'Write the servers that fail to a new file.'),
  dump('dump-edns', 'edns', 'Write which servers do without EDNS to a new file.', ['dump-ednsstatus']),
  dump('dump-non-resolving', 'non-resolving', 'Write the name server names that have no address to a new file.'),
  dump('dump-saved-parent-ns-sets', 'saved-parent-ns-sets', "Write the parents' NS sets in use to a new file."),
  dump('dump-dot-probe-map', 'dot-probe-map', 'Write the servers probed for DNS over TLS to a new file.'),
  dump('dump-cookies', 'cookies', 'Write the DNS cookies of servers to a new file.'),
  {
    name: 'dump-rpz',
    usage: 'ZONE FILE',
    help: 'Write a response policy zone to a new file.',
    fileArgument: 1,
    run: ({ args: [zone] }) => failed(zone === undefined ? 'No zone name specified' : `No RPZ zone named ${zone}`),
  },
  {
    name: 'trace-regex',
    usage: '[REGEX FILE]',
    help: 'Write how queries for matching names (with trailing dot) are resolved, until interrupted; no arguments: end it.',
    fileArgument: 1,
    run: traceRegex,
  },
];
