import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Assets } from '../../src/web/assets.ts';

const script = new TextEncoder().encode('export const answer = 42;\n'.repeat(100));
const assets = new Assets(
  new Map([
    ['index.html', new TextEncoder().encode('<!doctype html>')],
    ['main.js', script],
  ]),
);

test('a file goes out as the browser takes it, compressed once', async () => {
  const plain = await assets.reply('main.js', {});
  expect(plain?.octets).toEqual(script);
  expect(plain?.headers['content-type']).toBe('text/javascript; charset=utf-8');
  expect(plain?.headers['content-encoding']).toBeUndefined();
  const brotli = await assets.reply('main.js', { 'accept-encoding': 'gzip, deflate, br' });
  expect(brotli?.headers['content-encoding']).toBe('br');
  expect(new Uint8Array(brotliDecompressSync(brotli?.octets ?? script))).toEqual(script);
  const zipped = await assets.reply('main.js', { 'accept-encoding': 'gzip;q=1.0, br;q=0' });
  expect(zipped?.headers['content-encoding']).toBe('gzip');
  expect(new Uint8Array(gunzipSync(zipped?.octets ?? script))).toEqual(script);
  expect((await assets.reply('main.js', { 'accept-encoding': 'br' }))?.octets).toBe(brotli?.octets);
});

test('what the browser has already is not sent again', async () => {
  const tag = (await assets.reply('main.js', {}))?.headers['etag'] ?? '';
  const again = await assets.reply('main.js', { 'if-none-match': `"other", ${tag}` });
  expect([again?.status, again?.octets.length]).toEqual([304, 0]);
  expect((await assets.reply('main.js', { 'if-none-match': '"other"' }))?.status).toBe(200);
});

test('what is not in the list does not exist', async () => {
  for (const name of ['', 'other.js', '../index.html', '/main.js', 'toString', '__proto__']) {
    expect(await assets.reply(name, {})).toBeUndefined();
  }
});
