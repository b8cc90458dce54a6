// The global tables of PowerDNS's Lua: constants, what the program can do, and the log.
import { Rcode, RRType } from '../../wire/constants.ts';
import type { LuaMachine } from './lua-machine.ts';
import type { LuaLogLine } from './lua-settings.ts';
import { describeValue, LuaObject, LuaTable, type LuaValue } from './lua-values.ts';

/** Most lines that one run puts into the log, and their length. */
const MAX_LOG_LINES = 1000;
const MAX_LOG_LENGTH = 1000;

const logLevels = { Emergency: 0, Alert: 1, Critical: 2, Error: 3, Warning: 4, Notice: 5, Info: 6, Debug: 7 } as const;

const places = { QUESTION: 0, ANSWER: 1, AUTHORITY: 2, ADDITIONAL: 3 };

const additionalModes = {
  Ignore: 0,
  CacheOnly: 1,
  CacheOnlyRequireAuth: 2,
  ResolveImmediately: 3,
  ResolveDeferred: 4,
};

const policyKinds = { NoAction: 0, Drop: 1, NXDOMAIN: 2, NODATA: 3, Truncate: 4, Custom: 5 };

/** Names that PowerDNS has beside those of the registry. */
const extraTypes = { MAILA: RRType.MAILA, OPT: RRType.OPT, ENT: 0, ADDR: 259, ALIAS: 65401, LUA: 65402 };
const extraRcodes = { DROP: -2, PASS: -1, TRUNCATE: -3, BADSIG: 16, BADKEY: 17, BADTIME: 18 };

/** Adds the constants, `pdnslog` and `pdnsrandom`; returns the lines that the file logs. */
export function defineGlobals(machine: LuaMachine): readonly LuaLogLine[] {
  machine.setValue(
    'pdns',
    LuaTable.ofFields({
      ...RRType,
      ...extraTypes,
      ...Rcode,
      ...extraRcodes,
      loglevels: LuaTable.ofFields(logLevels),
      place: LuaTable.ofFields(places),
      AdditionalMode: LuaTable.ofFields(additionalModes),
      policykinds: LuaTable.ofFields(policyKinds),
    }),
  );
  machine.setValue('pdns_features', LuaTable.ofFields({ PR8001_devicename: true }));
  machine.setValue('Policy', LuaTable.ofFields(policyKinds));
  machine.define('pdnsrandom', (call) => {
    const limit = Math.trunc(call.optionalNumber(0, 'the limit') ?? 0x7fff_ffff);
    return limit < 1 ? 0 : Math.floor(Math.random() * limit);
  });
  const lines: LuaLogLine[] = [];
  const log = (line: LuaLogLine) => {
    if (lines.length < MAX_LOG_LINES) lines.push({ ...line, text: line.text.slice(0, MAX_LOG_LENGTH) });
  };
  machine.define('pdnslog', (call) => {
    const level = call.optionalNumber(1, 'the level') ?? logLevels.Warning;
    const fields = call.values[2];
    const suffix = fields instanceof LuaTable ? fieldsText(fields) : '';
    log({
      level: Math.min(7, Math.max(0, Math.trunc(level))),
      text: call.text(0, 'the text') + suffix,
      place: call.place,
    });
    return undefined;
  });
  machine.define('native.log', (call) => {
    log({ level: call.number(1, 'the level'), text: call.text(0, 'the text'), place: call.place });
    return undefined;
  });
  return lines;
}

function fieldsText(table: LuaTable): string {
  return Array.from(table.fields, ([key, value]) => ` ${key}="${fieldText(value)}"`).join('');
}

function fieldText(value: LuaValue): string {
  if (value instanceof LuaObject) return String(value.value);
  return typeof value === 'object' || typeof value === 'symbol' ? describeValue(value) : String(value);
}
