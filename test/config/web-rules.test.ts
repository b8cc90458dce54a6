import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { parseScryptHash } from '../../src/config/scrypt-hash.ts';
import { webAddresses } from '../../src/config/web-rules.ts';

const KEY = '0123456789abcdef0123456789abcdef';

function read(text: string, file = 'recursor.yml') {
  const result = parseConfig(text, file);
  const errors = result.ok ? [] : result.errors.map(({ message }) => message);
  return {
    config: result.ok ? result.config : undefined,
    errors,
    warnings: result.warnings.map(({ message }) => message),
  };
}

describe('where the web server may listen', () => {
  const rows: { name: string; text: string; webserver?: boolean | 'auto'; errors?: number; warnings?: number }[] = [
    { name: 'by default on the loopback address, if it can', text: '', webserver: 'auto' },
    { name: 'it may be wanted', text: 'webserver: true', webserver: true },
    { name: 'it may be unwanted', text: 'webserver: false', webserver: false },
    { name: 'the word auto', text: 'webserver: auto', webserver: 'auto' },
    { name: 'no other word', text: 'webserver: perhaps', errors: 1 },
    { name: 'elsewhere without key and networks', text: 'webserver: true\n  address: 192.0.2.1', errors: 2 },
    { name: 'elsewhere without networks', text: `webserver: true\n  address: '::'\n  api_key: ${KEY}`, errors: 1 },
    {
      name: 'elsewhere without a key',
      text: 'webserver: true\n  address: 0.0.0.0\n  password: secret\n  allow_from: [192.0.2.0/24]',
      errors: 1,
    },
    {
      name: 'elsewhere with both',
      text: `webserver: true\n  address: 192.0.2.1\n  api_key: ${KEY}\n  allow_from: [192.0.2.0/24]`,
      webserver: true,
    },
    {
      name: 'elsewhere in the list',
      text: `webserver: true\n  listen: [{addresses: ['127.0.0.1:80', '192.0.2.1:80']}]\n  api_key: ${KEY}`,
      errors: 1,
    },
    { name: 'elsewhere, but nobody asked for it', text: 'address: 192.0.2.1', webserver: false, warnings: 1 },
    { name: 'elsewhere, and switched off', text: 'webserver: false\n  address: 192.0.2.1', webserver: false },
    {
      name: 'one site invited',
      text: 'cross_origin_request_header: https://dashboard.example:3000',
      webserver: 'auto',
    },
    { name: 'all sites invited', text: "cross_origin_request_header: '*'", webserver: 'auto' },
    {
      name: 'a site with a path, which no browser sends',
      text: 'cross_origin_request_header: https://dashboard.example/',
      webserver: 'auto',
      warnings: 1,
    },
    {
      name: 'a site with a line end, which no header can hold',
      text: 'cross_origin_request_header: "https://a.example\\r\\nx: y"',
      errors: 1,
    },
    { name: 'a short key', text: 'api_key: changeme', webserver: 'auto', warnings: 1 },
  ];
  for (const { name, text, webserver, errors = 0, warnings = 0 } of rows) {
    test(name, () => {
      const found = read(text === '' ? '' : `webservice:\n  ${text}\n`);
      expect([found.errors.length, found.warnings.length]).toEqual([errors, warnings]);
      expect(found.config?.webservice.webserver).toBe(webserver);
    });
  }

  test('in old-style files yes and no are as ever', () => {
    const webserver = (text: string) => read(text, 'recursor.conf').config?.webservice.webserver;
    expect([webserver('webserver=yes'), webserver('webserver=no'), webserver('webserver=auto')]).toEqual([
      true,
      false,
      'auto',
    ]);
  });

  test('the list takes the place of address and port', () => {
    const { config } = read("webservice: {port: 81, listen: [{addresses: ['127.0.0.1', '[::1]:82']}]}");
    expect(config && webAddresses(config)).toMatchObject([
      { address: '127.0.0.1', port: 81 },
      { address: '::1', port: 82 },
    ]);
  });

  test('files of a certificate are sought beside the configuration', () => {
    const text = "webservice: {listen: [{addresses: ['127.0.0.1'], tls: {certificate: web.pem, key: web.key}}]}";
    expect(read(text, '/etc/kedge/recursor.yml').config?.webservice.listen[0]?.tls).toEqual({
      certificate: '/etc/kedge/web.pem',
      key: '/etc/kedge/web.key',
      password: '',
    });
  });

  test('the directory of the API is not that of included files', () => {
    const text = 'recursor: {include_dir: /etc/kedge/more}\nwebservice: {api_dir: /etc/kedge/more}\n';
    expect(read(text).errors).toEqual(['this is recursor.include_dir too']);
  });
});

test('a key in plaintext that everybody may read is worth a warning', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kedge-web-rules-'));
  const file = join(directory, 'recursor.yml');
  const warnings = (text: string, mode: number) => {
    writeFileSync(file, text);
    chmodSync(file, mode);
    return read(text, file).warnings.length;
  };
  try {
    const plain = `webservice: {api_key: ${KEY}, password: secret}`;
    const hash = '$scrypt$ln=10,p=1,r=8$c7Ti0Db1whEi+o/uPwSJJw==$b3OGQlsJPS0Spf6IqWA2xK3HcEhNLYs61aZul3/xuok=';
    expect(warnings(plain, 0o644)).toBe(2);
    expect(warnings(plain, 0o640)).toBe(0);
    expect(warnings(`webservice: {api_key: '${hash}'}`, 0o644)).toBe(0);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

describe('hashes of keys', () => {
  const salt = 'MDEyMzQ1Njc4OWFiY2RlZg==';
  const hash = 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=';
  const rows: { text: string; want: 'plain' | 'invalid' | 'hash' }[] = [
    { text: 'secret', want: 'plain' },
    { text: '', want: 'plain' },
    { text: '$argon2$x', want: 'plain' },
    { text: `$scrypt$ln=10,p=1,r=8$${salt}$${hash}`, want: 'hash' },
    { text: `$scrypt$ln=10,p=1,r=8$${salt}$`, want: 'invalid' },
    { text: `$scrypt$ln=10,p=1,r=8$${salt}`, want: 'invalid' },
    { text: `$scrypt$ln=10,p=1,r=8$!$${hash}`, want: 'invalid' },
    { text: `$scrypt$ln=10,p=1,r=8$${salt}$${hash}$x`, want: 'invalid' },
    { text: `$scrypt$ln=10,r=8$${salt}$${hash}`, want: 'invalid' },
    { text: `$scrypt$ln=30,p=1,r=8$${salt}$${hash}`, want: 'invalid' },
    { text: `$scrypt$ln=16,p=1,r=999$${salt}$${hash}`, want: 'invalid' },
    { text: '$scrypt$', want: 'invalid' },
  ];
  for (const { text, want } of rows) {
    test(`'${text}' is ${want}`, () => {
      const parsed = parseScryptHash(text);
      expect(parsed === undefined ? 'plain' : parsed === 'invalid' ? 'invalid' : 'hash').toBe(want);
    });
  }

  test('one that is none is an error of the option', () => {
    expect(read("webservice: {api_key: '$scrypt$nothing'}").errors).toHaveLength(1);
  });
});
