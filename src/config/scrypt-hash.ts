// The text form in which PowerDNS keeps the hash of a key or password: `$scrypt$ln=10,p=1,r=8$SALT$HASH`, base64.

export interface ScryptHash {
  /** Binary logarithm of the cost. */
  readonly logCost: number;
  readonly blockSize: number;
  readonly parallelism: number;
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
}

const PREFIX = '$scrypt$';

/** Undefined for a text that is no hash at all, and so a plain key. */
export function parseScryptHash(text: string): ScryptHash | 'invalid' | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const [settings = '', salt = '', key = '', ...rest] = text.slice(PREFIX.length).split('$');
  const numbers = new Map(settings.split(',').map((part) => [part.slice(0, part.indexOf('=')), part]));
  const number = (name: string): number => {
    const digits = (numbers.get(name) ?? '').slice(name.length + 1);
    return /^[0-9]{1,3}$/.test(digits) ? Number(digits) : 0;
  };
  const [logCost, parallelism, blockSize] = [number('ln'), number('p'), number('r')];
  // 64 MiB and a few seconds: more would let one request stop the others.
  const isSafe = logCost >= 1 && logCost <= 16 && parallelism >= 1 && parallelism <= 4 && blockSize >= 1;
  if (!isSafe || blockSize * 2 ** logCost > 2 ** 19) return 'invalid';
  const [saltOctets, keyOctets] = [base64(salt), base64(key)];
  const isWhole = numbers.size === 3 && rest.length === 0 && saltOctets !== undefined && keyOctets !== undefined;
  if (!isWhole || saltOctets.length < 8 || keyOctets.length < 16 || keyOctets.length > 64) return 'invalid';
  return { logCost, blockSize, parallelism, salt: saltOctets, key: keyOctets };
}

function base64(text: string): Uint8Array | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Uint8Array.from(Buffer.from(text, 'base64')) : undefined;
}
