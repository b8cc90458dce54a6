// What the running resolver holds for a question, with the chain of trust behind it: JSON as in docs/explain.md.
import { parseType, RRType } from '../wire/constants.ts';
import { type Command, type CommandAnswer, type CommandCall, failed, parseNames, reported } from './command.ts';

async function explain({ target, args }: CommandCall): Promise<CommandAnswer> {
  const [nameWord, typeWord] = args;
  if (nameWord === undefined) return failed('explain needs a name, and may have a type');
  const names = parseNames([nameWord]);
  if (typeof names === 'string') return failed(names);
  const [name] = names;
  const type = typeWord === undefined ? RRType.A : parseType(typeWord);
  if (name === undefined || type === undefined) return failed(`'${typeWord ?? ''}' is no type`);
  return reported(await target.explain(name, type));
}

export const explainCommands: readonly Command[] = [
  {
    name: 'explain',
    usage: 'NAME [TYPE]',
    help: 'Print as JSON what is held for a question, and the chain of trust behind it.',
    run: explain,
  },
];
