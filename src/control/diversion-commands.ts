// A forward zone that asks a server on this machine for a while: what `kedge tamper` is made with.
import { type Command, type CommandAnswer, type CommandCall, done, failed, parseNames } from './command.ts';

function divert({ target, args }: CommandCall): CommandAnswer {
  const [zoneWord = '', portWord = '', secondsWord = ''] = args;
  const names = parseNames([zoneWord]);
  if (typeof names === 'string') return failed(names);
  const [zone] = names;
  if (zone === undefined || args.length !== 3) return failed('divert-forward needs a zone, a port and seconds');
  const outcome = target.divert(zone, Number(portWord), Number(secondsWord));
  return outcome.ok ? done(JSON.stringify(outcome.servers)) : failed(outcome.text);
}

export const diversionCommands: readonly Command[] = [
  {
    name: 'divert-forward',
    usage: 'ZONE PORT SECONDS',
    help: 'Ask 127.0.0.1 at PORT for a forward zone, for SECONDS at most; print as JSON which servers it has.',
    run: divert,
  },
  {
    name: 'end-divert',
    help: 'Ask the configured servers of a diverted forward zone again.',
    run: ({ target }) => done(target.endDivert() ? 'ended' : 'nothing was diverted'),
  },
];
