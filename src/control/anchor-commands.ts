// Trust anchors and negative trust anchors while the program runs (POWERDNS 6). All of them act at once; nothing of it
// outlives the process or a reload.
import { nameTextWithoutDot } from '../wire/name-text.ts';
import { type Command, type CommandAnswer, type CommandCall, done, failed, parseNames } from './command.ts';

const DISABLED = 'DNSSEC is disabled in the configuration';

/** Refuses with mode `off`: an anchor that nobody looks at would only deceive. */
function withDnssec(action: string | undefined, run: (call: CommandCall) => CommandAnswer): Command['run'] {
  return (call) => {
    if (call.target.hasDnssec) return run(call);
    return failed(action === undefined ? DISABLED : `${DISABLED}, ${action}`);
  };
}

function getAnchors({ target }: CommandCall): CommandAnswer {
  const lines = ['Configured Trust Anchors:'];
  for (const { zone, ds } of target.trustAnchors()) {
    lines.push(nameTextWithoutDot(zone), ...ds.map((content) => `\t\t${content}`));
  }
  return done(lines.join('\n'));
}

function addAnchor({ target, args }: CommandCall): CommandAnswer {
  const [word, ...content] = args;
  if (word === undefined) return failed('No TA specified, doing nothing');
  const names = parseNames([word]);
  if (typeof names === 'string') return failed(`Can't add Trust Anchor: ${names}`);
  const [zone] = names;
  if (zone === undefined) return failed('No TA specified, doing nothing');
  const { ok, text } = target.addTrustAnchor(zone, content.join(' '));
  if (!ok) return failed(`Unable to add Trust Anchor for ${nameTextWithoutDot(zone)}: ${text}`);
  // PowerDNS puts a space behind each word, the last one included, and scripts compare the whole line.
  const data = content.map((part) => `${part} `).join('');
  return done(`Added Trust Anchor for ${nameTextWithoutDot(zone)} with data ${data}`);
}

function clearAnchors({ target, args }: CommandCall): CommandAnswer {
  if (args.length === 0) return failed('No Trust Anchor to clear');
  const zones = parseNames(args);
  if (typeof zones === 'string') return failed(`Error: ${zones}. No Anchors removed`);
  if (zones.some(({ isRoot }) => isRoot)) {
    return failed('Refusing to remove root Trust Anchor, no Anchors removed');
  }
  for (const zone of zones) target.clearTrustAnchor(zone);
  return done(`Removed Trust Anchor(s) for ${zones.map(nameTextWithoutDot).join(' ')}`);
}

function getNegativeAnchors({ target }: CommandCall): CommandAnswer {
  const anchors = target.negativeTrustAnchors();
  const lines = anchors.map(({ zone, reason }) => `${nameTextWithoutDot(zone)}\t${reason}`);
  return done(['Configured Negative Trust Anchors:', ...lines].join('\n'));
}

function addNegativeAnchor({ target, args }: CommandCall): CommandAnswer {
  const [word, ...words] = args;
  if (word === undefined) return failed('No NTA specified, doing nothing');
  const names = parseNames([word]);
  if (typeof names === 'string') return failed(`Can't add Negative Trust Anchor: ${names}`);
  const [zone] = names;
  if (zone === undefined) return failed('No NTA specified, doing nothing');
  const reason = words.join(' ');
  target.addNegativeTrustAnchor(zone, reason);
  return done(`Added Negative Trust Anchor for ${nameTextWithoutDot(zone)} with reason '${reason}'`);
}

function clearNegativeAnchors({ target, args }: CommandCall): CommandAnswer {
  if (args.length === 0) return failed('No Negative Trust Anchor specified, doing nothing.');
  if (args.length === 1 && args[0] === '*') {
    target.clearAllNegativeTrustAnchors();
    return done('Cleared all Negative Trust Anchors.');
  }
  if (args.includes('*')) {
    return failed(
      "Don't mix all Negative Trust Anchor removal with multiple Negative Trust Anchor removal. Nothing removed",
    );
  }
  const zones = parseNames(args);
  if (typeof zones === 'string') return failed(`Error: ${zones}. No Negative Anchors removed`);
  for (const zone of zones) target.clearNegativeTrustAnchor(zone);
  // The two spaces are PowerDNS's.
  return done(`Removed Negative Trust Anchors for  ${zones.map(nameTextWithoutDot).join(' ')}`);
}

function setLogBogus({ target, args: [word] }: CommandCall): CommandAnswer {
  if (word === undefined) return failed('No DNSSEC Bogus logging setting specified');
  const isOn = /^(on|yes)$/i.test(word);
  if (!isOn && !/^(off|no)$/i.test(word)) return failed(`Unknown DNSSEC Bogus setting: '${word}'`);
  const was = target.setLogBogus(isOn);
  return done(`DNSSEC Bogus logging ${was === isOn ? 'was already ' : ''}${isOn ? 'enabled' : 'disabled'}`);
}

function listAlgorithms({ target }: CommandCall): CommandAnswer {
  const names = target.algorithms().map(({ name, disabled }) => (disabled ? `${name}(disabled)` : name));
  return done(names.join(' '));
}

export const anchorCommands: readonly Command[] = [
  { name: 'get-tas', help: 'List the trust anchors.', run: withDnssec(undefined, getAnchors) },
  {
    name: 'add-ta',
    usage: 'NAME DS',
    help: 'Add a trust anchor until the next reload, and forget what is cached at and below NAME.',
    run: withDnssec('not adding a Trust Anchor', addAnchor),
  },
  {
    name: 'clear-ta',
    usage: 'NAME...',
    help: 'Remove the trust anchors of these names until the next reload.',
    run: withDnssec('not removing a Trust Anchor', clearAnchors),
  },
  { name: 'get-ntas', help: 'List the negative trust anchors.', run: withDnssec(undefined, getNegativeAnchors) },
  {
    name: 'add-nta',
    usage: 'NAME [REASON]',
    help: 'Add a negative trust anchor until the next reload: nothing at and below NAME is validated.',
    run: withDnssec('not adding a Negative Trust Anchor', addNegativeAnchor),
  },
  {
    name: 'clear-nta',
    usage: 'NAME...',
    help: "Remove the negative trust anchors of these names, or all of them with '*', until the next reload.",
    run: withDnssec('not removing a Negative Trust Anchor', clearNegativeAnchors),
  },
  {
    name: 'set-dnssec-log-bogus',
    usage: 'on|off',
    help: 'Log each time data are found bogus, or stop it.',
    run: withDnssec('not changing the Bogus logging setting', setLogBogus),
  },
  {
    name: 'list-dnssec-algos',
    help: 'List the DNSSEC algorithms that can be validated.',
    run: listAlgorithms,
  },
];
