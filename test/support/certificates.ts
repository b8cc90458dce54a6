// Certificates for tests of TLS, made by the openssl program in a directory that is removed at once.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateFamily {
  /** An authority, and one that has signed nothing here. */
  readonly authority: Certificate;
  readonly strangerAuthority: Certificate;
  /** For `dns.test`, 127.0.0.1 and ::1. */
  readonly server: Certificate;
  /** For `other.test` only. */
  readonly otherName: Certificate;
  /** For `dns.test`, until yesterday. */
  readonly expired: Certificate;
  /** For `dns.test`, signed by itself. */
  readonly selfSigned: Certificate;
  readonly client: Certificate;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DNS_TEST = 'subjectAltName=DNS:dns.test,IP:127.0.0.1,IP:::1';

/** Takes some tenths of a second. */
export function makeCertificates(): CertificateFamily {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const read = (name: string): Certificate => ({
    certificate: readFileSync(join(directory, `${name}.pem`), 'utf8'),
    key: readFileSync(join(directory, `${name}.key`), 'utf8'),
  });
  const selfSigned = (name: string, ...more: readonly string[]): Certificate => {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`];
    openssl('req', '-x509', ...NEW_KEY, ...files, '-days', '2', '-subj', `/CN=${name}`, ...more);
    return read(name);
  };
  const signed = (name: string, extension: string, days = '2'): Certificate => {
    openssl('req', '-new', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(join(directory, `${name}.ext`), `${extension}\n`);
    const issuer = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial'];
    const files = ['-in', `${name}.csr`, '-extfile', `${name}.ext`, '-out', `${name}.pem`];
    openssl('x509', '-req', ...issuer, ...files, '-days', days);
    return read(name);
  };
  try {
    return {
      authority: selfSigned('authority'),
      strangerAuthority: selfSigned('stranger'),
      server: signed('server', DNS_TEST),
      otherName: signed('other', 'subjectAltName=DNS:other.test'),
      expired: signed('expired', DNS_TEST, '-1'),
      selfSigned: selfSigned('alone', '-addext', DNS_TEST),
      client: signed('client', 'extendedKeyUsage=clientAuth'),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
