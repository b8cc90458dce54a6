import { expect, test } from 'vitest';
import { parseJsonBody } from '../../src/web/json-body.ts';

const nested = (depth: number) => `${'{"a":['.repeat(depth / 2)}1${']}'.repeat(depth / 2)}`;
const rows: { name: string; text: string; ok: boolean }[] = [
  { name: 'an object', text: '{"a":1}', ok: true },
  { name: 'sixteen levels', text: nested(16), ok: true },
  { name: 'more', text: nested(18), ok: false },
  { name: 'a million brackets', text: '['.repeat(1_000_000), ok: false },
  { name: 'brackets in strings', text: `{"a":"${'['.repeat(100)}\\"${'{'.repeat(100)}"}`, ok: true },
  { name: 'an escaped backslash before a quote', text: `["\\\\",${'['.repeat(20)}${']'.repeat(20)}]`, ok: false },
  { name: 'no JSON', text: 'zone=a', ok: false },
  { name: 'a string without end', text: '"[[[[', ok: false },
];
for (const { name, text, ok } of rows) test(name, () => expect(parseJsonBody(text).ok).toBe(ok));
