// Lines to paste must do what they say whatever name they are about: names come from whoever asks.
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { fillLine, GENERAL_PLACES } from '../../src/explain/cause-row.ts';
import { causeCodes, causeRow } from '../../src/explain/causes.ts';
import { nameOf, nameTextWithoutDot } from '../../src/wire/name-text.ts';

describe('a name in a line to paste', () => {
  const rows = [
    { name: 'www.example', line: 'kedge explain www.example A' },
    { name: '*.home.arpa', line: 'kedge explain *.home.arpa A' },
    { name: '0/25.2.0.192.in-addr.arpa', line: 'kedge explain 0/25.2.0.192.in-addr.arpa A' },
    { name: '_dns._tcp.xn--bcher-kva.example', line: 'kedge explain _dns._tcp.xn--bcher-kva.example A' },
    { name: 'a|sh.example', line: "kedge explain 'a\\124sh.example' A" },
    { name: "a'b.example", line: "kedge explain 'a\\039b.example' A" },
    { name: 'a\\.b\\"c.example', line: "kedge explain 'a\\046b\\034c.example' A" },
    { name: 'a\\010b.example', line: "kedge explain 'a\\010b.example' A" },
    { name: 'a\\\\b.example', line: "kedge explain 'a\\092b.example' A" },
    { name: '--config-dir.example', line: "kedge explain '\\045-config-dir.example' A" },
  ];
  for (const { name, line } of rows) {
    test(name, () => {
      const shown = nameTextWithoutDot(nameOf(name));
      expect(fillLine('kedge explain {name} {type}', { ...GENERAL_PLACES, name: shown, type: 'A' })).toBe(line);
      // The name is still that name.
      const word = line.slice('kedge explain '.length, -' A'.length).replaceAll("'", '');
      expect(nameOf(word).key).toBe(nameOf(name).key);
    });
  }

  test('no shell takes it for a command, a variable, a file or another word', () => {
    for (let octet = 0; octet < 256; octet++) {
      const name = nameOf(`a\\${String(octet).padStart(3, '0')}b.example`);
      const line = fillLine('kedge explain {name}', { ...GENERAL_PLACES, name: nameTextWithoutDot(name) });
      // Told apart from the outside only where the shell does something with them.
      if (/^kedge explain [a-z.0-9_*/-]+$/i.test(line)) continue;
      expect(line).toMatch(/^kedge explain '[a-z.0-9\\]+'$/);
    }
    const name = nameOf("a`id`|{sh,}&<>'\\$~!\\#b.example");
    const line = fillLine('kedge explain {name}', { ...GENERAL_PLACES, name: nameTextWithoutDot(name) });
    const script = `kedge() { printf '%s|' "$#" "$@"; }; ${line}`;
    const [count, , word = ''] = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('|');
    expect([count, nameOf(word).key]).toEqual(['2', name.key]);
  });

  test('in no line of any remedy', () => {
    const name = nameTextWithoutDot(nameOf('a\\"\\);x`id`|{sh,}&<>\',]}#~!%^=+:.example'));
    const places = { ...GENERAL_PLACES, name, zone: name, parent: name, forward: name };
    for (const code of causeCodes) {
      for (const { line } of causeRow(code).remedies.flatMap(({ lines }) => lines)) {
        const filled = fillLine(line, places).split(/(?<=example)|(?=a\\034)/);
        for (const part of filled.filter((piece) => piece.startsWith('a\\034'))) {
          expect(part).toMatch(/^[A-Za-z0-9._*/\\-]+$/);
        }
      }
    }
  });
});
