// Key pairs of node:crypto, made so that their numbers can be read without harm.
import {
  createPrivateKey,
  createPublicKey,
  type ECKeyPairOptions,
  type ED448KeyPairOptions,
  type ED25519KeyPairOptions,
  generateKeyPairSync,
  type KeyObject,
  type RSAKeyPairOptions,
} from 'node:crypto';

export type KeyPairKind =
  | { readonly type: 'rsa'; readonly bits: number }
  | { readonly type: 'ec'; readonly curve: 'P-256' | 'P-384' }
  | { readonly type: 'ed25519' | 'ed448' };

/**
 * A new pair. It is written and read again: Node.js 20 hangs when a key that was just generated is exported as JWK while the
 * garbage collector takes away the job that generated it, since both lock the same key.
 */
export function newKeyPair(kind: KeyPairKind): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = written(kind);
  return {
    publicKey: createPublicKey({ key: publicKey, format: 'der', type: 'spki' }),
    privateKey: createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }),
  };
}

const spki = { format: 'der', type: 'spki' } as const;
const pkcs8 = { format: 'der', type: 'pkcs8' } as const;

function written(kind: KeyPairKind): { publicKey: Buffer; privateKey: Buffer } {
  const encodings = { publicKeyEncoding: spki, privateKeyEncoding: pkcs8 };
  switch (kind.type) {
    case 'rsa': {
      const options: RSAKeyPairOptions<'der', 'der'> = {
        modulusLength: kind.bits,
        publicExponent: 0x10001,
        ...encodings,
      };
      return generateKeyPairSync('rsa', options);
    }
    case 'ec': {
      const options: ECKeyPairOptions<'der', 'der'> = { namedCurve: kind.curve, ...encodings };
      return generateKeyPairSync('ec', options);
    }
    case 'ed25519': {
      const options: ED25519KeyPairOptions<'der', 'der'> = encodings;
      return generateKeyPairSync('ed25519', options);
    }
    case 'ed448': {
      const options: ED448KeyPairOptions<'der', 'der'> = encodings;
      return generateKeyPairSync('ed448', options);
    }
    default:
      return kind satisfies never;
  }
}
