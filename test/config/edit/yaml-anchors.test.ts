import { describe, expect, test } from 'vitest';
import { withYamlAnchors } from '../../../src/config/edit/yaml-anchors.ts';
import { nameOf } from '../../../src/wire/name-text.ts';

const zone = nameOf('home.arpa.');
const NEW = '12345 13 2 abcd';

function changed(text: string, ds: readonly string[] = [NEW]): string | undefined {
  const result = withYamlAnchors(text, zone, ds);
  return result.ok ? result.value : undefined;
}

const rows: { name: string; given: string; want: string }[] = [
  {
    name: 'an empty file',
    given: '',
    want: "dnssec:\n  trustanchors:\n    - name: home.arpa\n      dsrecords:\n        - '12345 13 2 abcd'\n",
  },
  {
    name: 'a file of comments alone, without a last line end',
    given: '# mine',
    want: "# mine\ndnssec:\n  trustanchors:\n    - name: home.arpa\n      dsrecords:\n        - '12345 13 2 abcd'\n",
  },
  {
    name: 'other sections only',
    given: 'recursor:\n    threads:   2   # two\n',
    want: "recursor:\n    threads:   2   # two\ndnssec:\n  trustanchors:\n    - name: home.arpa\n      dsrecords:\n        - '12345 13 2 abcd'\n",
  },
  {
    name: 'an empty section',
    given: 'dnssec: # later\nrecursor: {}\n',
    want: "dnssec: # later\n  trustanchors:\n    - name: home.arpa\n      dsrecords:\n        - '12345 13 2 abcd'\nrecursor: {}\n",
  },
  {
    name: 'a section without anchors, in its own indentation',
    given: 'dnssec:\n    validation: validate # strict\n    # more to come\n\nincoming:\n    port: 53\n',
    want: "dnssec:\n    validation: validate # strict\n    trustanchors:\n      - name: home.arpa\n        dsrecords:\n          - '12345 13 2 abcd'\n    # more to come\n\nincoming:\n    port: 53\n",
  },
  {
    name: 'a list with other zones',
    given:
      "dnssec:\n  trustanchors:\n  - name: lan   # mine\n    dsrecords:\n    - '1 13 2 aa'  # old\n  log_bogus: true\n",
    want: "dnssec:\n  trustanchors:\n  - name: lan   # mine\n    dsrecords:\n    - '1 13 2 aa'  # old\n  - name: home.arpa\n    dsrecords:\n      - '12345 13 2 abcd'\n  log_bogus: true\n",
  },
  {
    name: 'a list with the zone, whatever its letter case: a second DS',
    given: "dnssec:\n  trustanchors:\n    - dsrecords:\n        - '1 13 2 aa'\n      name: Home.ARPA.\n",
    want: "dnssec:\n  trustanchors:\n    - dsrecords:\n        - '1 13 2 aa'\n        - '12345 13 2 abcd'\n      name: Home.ARPA.\n",
  },
  {
    name: 'records in flow form',
    given: "dnssec:\n  trustanchors:\n    - name: home.arpa\n      dsrecords: ['1 13 2 aa'] # one\n",
    want: "dnssec:\n  trustanchors:\n    - name: home.arpa\n      dsrecords: ['1 13 2 aa', '12345 13 2 abcd'] # one\n",
  },
  {
    name: 'everything in flow form',
    given: "dnssec: {trustanchors: [{name: lan, dsrecords: ['1 13 2 aa']}]}\n",
    want: "dnssec: {trustanchors: [{name: lan, dsrecords: ['1 13 2 aa']}, {name: home.arpa, dsrecords: ['12345 13 2 abcd']}]}\n",
  },
  {
    name: 'an empty flow list',
    given: 'dnssec:\n  trustanchors: []\n',
    want: "dnssec:\n  trustanchors: [{name: home.arpa, dsrecords: ['12345 13 2 abcd']}]\n",
  },
  {
    name: 'a section in flow form without anchors',
    given: 'dnssec: {validation: validate}\n',
    want: "dnssec: {validation: validate, trustanchors: [{name: home.arpa, dsrecords: ['12345 13 2 abcd']}]}\n",
  },
  {
    name: 'a list that replaces what included files say',
    given: 'dnssec:\n  trustanchors: !override []\n',
    want: "dnssec:\n  trustanchors: !override [{name: home.arpa, dsrecords: ['12345 13 2 abcd']}]\n",
  },
  {
    name: 'line ends of other systems',
    given: 'dnssec:\r\n  log_bogus: true\r\n',
    want: "dnssec:\r\n  log_bogus: true\r\n  trustanchors:\r\n    - name: home.arpa\r\n      dsrecords:\r\n        - '12345 13 2 abcd'\r\n",
  },
  {
    name: 'a last value without line end',
    given: 'dnssec:\n  log_bogus: true',
    want: "dnssec:\n  log_bogus: true\n  trustanchors:\n    - name: home.arpa\n      dsrecords:\n        - '12345 13 2 abcd'\n",
  },
];

describe('anchors in YAML', () => {
  test.each(rows)('$name', ({ given, want }) => {
    expect(changed(given)).toBe(want);
  });

  test('several DS at once', () => {
    expect(changed('', ['1 13 2 aa', '2 13 2 bb'])).toContain("- '1 13 2 aa'\n        - '2 13 2 bb'\n");
  });

  const refused: [name: string, text: string][] = [
    ['no YAML', 'dnssec: {'],
    ['no mapping', '- dnssec\n'],
    ['an alias in the list', "x: &a\n  name: lan\n  dsrecords: ['1 13 2 aa']\ndnssec:\n  trustanchors:\n    - *a\n"],
    ['a list that is one word', 'dnssec:\n  trustanchors: yes\n'],
    ['a list without a value', 'dnssec:\n  trustanchors:\n'],
    ['the end of the document marked', 'recursor: {}\n...\n'],
  ];
  test.each(refused)('is refused: %s', (_name, text) => {
    expect(withYamlAnchors(text, zone, [NEW]).ok).toBe(false);
  });
});
