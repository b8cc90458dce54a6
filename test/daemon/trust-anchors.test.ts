import { afterAll, describe, expect, test } from 'vitest';
import { StartError } from '../../src/daemon/start-error.ts';
import { anchorLines, negativeAnchorLines, readTrustAnchors } from '../../src/daemon/trust-anchors.ts';
import { configOf, directoryWith } from './support/daemons.ts';

const digest = 'ab'.repeat(32);
const key = 'AwEAAcXrzpmKJrUKfEZ2HLyAcUlJrpXbMHjdvPXMtS8fbZ2iNKnDZmFPtCyNAZ5Nq8C3j4cm';
const files = directoryWith({
  'root.key': `. IN DS 1111 13 2 ${digest}\n`,
  'home.key': `home.arpa. DS 2222 13 2 ${digest}\n; a comment\nhome.arpa. DNSKEY 257 3 8 ${key}\n`,
  'ksk-and-zsk.key': `x. DNSKEY 256 3 8 ${key}\nx. DNSKEY 385 3 8 ${key}\n`,
  'unusable.key': `x. DNSKEY 385 3 8 ${key}\nx. TXT hello\n`,
  'broken.key': `x. DS 1 13 2 ${digest}\nx. DS 1 13\n`,
  'empty.key': '; nothing\n',
});
afterAll(() => files.remove());

const rows: { name: string; config: string; want: string[]; negative?: string[] }[] = [
  { name: 'built in', config: '', want: ['. 20326 38696'] },
  { name: 'none', config: 'kedge: {default_trustanchor: false}', want: [] },
  {
    name: 'a configured root replaces the built-in one',
    config: `dnssec: {trustanchors: [{name: ., dsrecords: ['7 13 2 ${digest}']}]}`,
    want: ['. 7'],
  },
  {
    name: 'other zones join the built-in one',
    config: `dnssec: {trustanchors: [{name: home.arpa, dsrecords: ['9 13 2 ${digest}', '7 13 2 ${digest}']}]}`,
    want: ['. 20326 38696', 'home.arpa. 7 9'],
  },
  {
    name: 'a file replaces the built-in anchors of its names',
    config: `dnssec: {trustanchorfile: ${files.path('root.key')}}`,
    want: ['. 1111'],
  },
  {
    name: 'a file joins the configured anchors of its names',
    config: `dnssec: {trustanchorfile: ${files.path('root.key')}, trustanchors: [{name: ., dsrecords: ['7 13 2 ${digest}']}]}`,
    want: ['. 7 1111'],
  },
  {
    name: 'a file of other zones leaves the built-in anchor',
    config: `dnssec: {trustanchorfile: ${files.path('home.key')}}`,
    want: ['. 20326 38696', 'home.arpa. 2222 29708'],
  },
  {
    name: 'revoked keys of a file are no anchors (RFC 5011 2.1)',
    config: `kedge: {default_trustanchor: false}\ndnssec: {trustanchorfile: ${files.path('ksk-and-zsk.key')}}`,
    want: ['x. 29707'],
  },
  {
    name: 'keys in the configuration',
    config: `kedge: {default_trustanchor: false, dnskey_trustanchors: ['example. DNSKEY 257 3 8 ${key}']}`,
    want: ['example. 29708'],
  },
  {
    name: 'negative anchors',
    config: 'dnssec: {negative_trustanchors: [{name: bad.example, reason: broken since May}, {name: lan}]}',
    want: ['. 20326 38696'],
    negative: ['bad.example. broken since May', 'lan.'],
  },
];

describe('trust anchors of a configuration', () => {
  for (const { name, config, want, negative = [] } of rows) {
    test(name, () => {
      const anchors = readTrustAnchors(configOf(config));
      expect(anchorLines(anchors)).toEqual(want);
      expect(negativeAnchorLines(anchors)).toEqual(negative);
    });
  }

  const bad = [
    { name: 'a file that is not there', file: files.path('none.key'), message: /none\.key: it does not exist/ },
    { name: 'a file that cannot be parsed', file: files.path('broken.key'), message: /broken\.key:2: / },
    { name: 'an empty file', file: files.path('empty.key'), message: /holds neither a DS nor a key/ },
    { name: 'nothing usable', file: files.path('unusable.key'), message: /holds neither a DS nor a key/ },
  ];
  for (const { name, file, message } of bad) {
    test(`${name}: an error that names it`, () => {
      const read = () => readTrustAnchors(configOf(`dnssec: {trustanchorfile: ${file}}`));
      expect(read).toThrow(StartError);
      expect(read).toThrow(message);
    });
  }
});
