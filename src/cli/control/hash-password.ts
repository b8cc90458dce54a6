// `hash-password`: what PowerDNS writes for webserver passwords and API keys, `$scrypt$ln=10,p=1,r=8$SALT$HASH`.
import { randomBytes, scryptSync } from 'node:crypto';
import { ExitCode, type Terminal } from '../terminal.ts';

/** PowerDNS's defaults: work factor 2^10, 16 octets of salt, 32 octets of hash, block size 8, no parallel parts. */
const DEFAULT_FACTOR = 1024;
const MIN_FACTOR = 2;
const MAX_FACTOR = 2 ** 20;
const SALT_OCTETS = 16;
const HASH_OCTETS = 32;
const BLOCK_SIZE = 8;
const PARALLEL = 1;

/** Reads a password and prints its hash. */
export async function hashPassword(
  factorText: string | undefined,
  terminal: Terminal,
  readPassword: (prompt: string) => Promise<string> = passwordFromInput,
): Promise<number> {
  const factor = factorText === undefined ? DEFAULT_FACTOR : Number(factorText);
  if (!Number.isInteger(Math.log2(factor)) || factor < MIN_FACTOR || factor > MAX_FACTOR) {
    terminal.error(`'${factorText}' is no work factor: a power of two, ${MIN_FACTOR} to ${MAX_FACTOR}\n`);
    return ExitCode.BAD;
  }
  const password = await readPassword('Password: ');
  if (password === '') {
    terminal.error('The password is empty\n');
    return ExitCode.BAD;
  }
  terminal.out(`${hashOf(password, factor, randomBytes(SALT_OCTETS))}\n`);
  return ExitCode.SUCCESS;
}

/** The hash of a password as text. `factor` is a power of two. */
export function hashOf(password: string, factor: number, salt: Uint8Array): string {
  const hash = scryptSync(password, salt, HASH_OCTETS, {
    N: factor,
    r: BLOCK_SIZE,
    p: PARALLEL,
    maxmem: 256 * factor * BLOCK_SIZE,
  });
  const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64');
  return `$scrypt$ln=${Math.log2(factor)},p=${PARALLEL},r=${BLOCK_SIZE}$${base64(salt)}$${base64(hash)}`;
}

const CONTROL_C = '\u0003';
const CONTROL_D = '\u0004';
const ERASE = new Set(['\u007f', '\b']);

/** One line of standard input; at a terminal it is not shown. */
function passwordFromInput(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  const isTerminal = stdin.isTTY === true;
  if (isTerminal) {
    stderr.write(prompt);
    stdin.setRawMode(true);
  }
  stdin.setEncoding('utf8');
  return new Promise((resolve) => {
    let text = '';
    const end = (password: string): void => {
      stdin.off('data', onText);
      stdin.off('end', onEnd);
      stdin.pause();
      if (isTerminal) {
        stdin.setRawMode(false);
        stderr.write('\n');
      }
      resolve(password);
    };
    const onEnd = (): void => end(text);
    const onText = (chunk: string): void => {
      for (const character of chunk) {
        if (character === '\n' || character === '\r' || (isTerminal && character === CONTROL_D)) {
          end(text);
          return;
        }
        if (isTerminal && character === CONTROL_C) {
          end('');
          return;
        }
        if (isTerminal && ERASE.has(character)) text = [...text].slice(0, -1).join('');
        else text += character;
      }
    };
    stdin.on('data', onText);
    stdin.once('end', onEnd);
  });
}
