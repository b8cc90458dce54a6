// The functions of a Lua file that set trust anchors and negative trust anchors (POWERDNS 2.2 to 2.4).
import type { DomainName } from '../../wire/name.ts';
import { nameTextWithoutDot, parseName } from '../../wire/name-text.ts';
import { type AnchorRecords, readAnchorText } from '../anchor-text.ts';
import { builtInTrustAnchors } from '../built-in-anchors.ts';
import { dsText } from '../ds-text.ts';
import { parseExpiry } from '../duration.ts';
import { type Place, shortened } from '../input.ts';
import type { NegativeTrustAnchor, TrustAnchor } from '../structured-types.ts';
import type { LuaCall, LuaMachine } from './lua-machine.ts';
import type { LuaSettings } from './lua-settings.ts';
import { locateFile, readWholeFile } from './lua-system.ts';
import { describeValue, LuaObject, LuaTable, type LuaValue } from './lua-values.ts';

/** Hours between re-reads of a file of anchors when the call names none. */
const DEFAULT_FILE_HOURS = 24;
/** Longest interval that is taken, ten years. */
const MAX_FILE_HOURS = 87_600;

/** Where warnings go. */
export type Warn = (place: Place, message: string) => void;

/** The anchors as the file has left them so far. Each run starts with the built-in ones. */
export class AnchorSettings {
  private readonly positive = new Map<string, TrustAnchor>();
  private readonly negative = new Map<string, NegativeTrustAnchor>();
  private file: LuaSettings['trustAnchorFile'];
  private readonly warn: Warn;
  private readonly nowSeconds: number;

  constructor(warn: Warn, nowSeconds: number) {
    this.warn = warn;
    this.nowSeconds = nowSeconds;
    for (const anchor of builtInTrustAnchors) this.positive.set(anchor.name.key, anchor);
  }

  settings(): Pick<LuaSettings, 'trustAnchors' | 'negativeTrustAnchors' | 'trustAnchorFile'> {
    return {
      trustAnchors: [...this.positive.values()],
      negativeTrustAnchors: [...this.negative.values()],
      trustAnchorFile: this.file,
    };
  }

  define(machine: LuaMachine, directories: readonly string[]): void {
    const alias = (old: string, name: string) => (call: LuaCall) => {
      this.warn(call.place, `${old} is the name before PowerDNS 4.2, which later versions do not know; write ${name}`);
    };
    machine.define('addTA', (call) => this.addTA(call));
    machine.define('addDS', (call) => {
      alias('addDS', 'addTA')(call);
      return this.addTA(call);
    });
    machine.define('clearTA', (call) => this.clear(call, this.positive));
    machine.define('clearDS', (call) => {
      alias('clearDS', 'clearTA')(call);
      return this.clear(call, this.positive);
    });
    machine.define('addNTA', (call) => this.addNTA(call));
    machine.define('clearNTA', (call) => this.clear(call, this.negative));
    machine.define('readTrustAnchorsFromFile', (call) => this.readFile(call, directories));
  }

  private addTA(call: LuaCall): undefined {
    const name = nameArgument(call, 0);
    const records = recordsArgument(call, name);
    for (const note of records.notes) this.warn(call.place, `${nameTextWithoutDot(name)}: ${note}`);
    const present = this.positive.get(name.key);
    const dsRecords = [...(present?.dsRecords ?? [])];
    for (const ds of records.ds) {
      // The key tag first: a text for each comparison would make many anchors of one name slow.
      const isKnown = dsRecords.some((known) => known.keyTag === ds.keyTag && dsText(known) === dsText(ds));
      if (!isKnown) dsRecords.push({ ...ds, place: call.place });
    }
    this.positive.set(name.key, { name: present?.name ?? name, dsRecords });
  }

  private addNTA(call: LuaCall): undefined {
    const name = nameArgument(call, 0);
    // The options may stand in the place of the reason.
    const reasonLeftOut = call.values[1] instanceof LuaTable;
    const reason = reasonLeftOut ? '' : (call.optionalText(1, 'the reason') ?? '');
    const expiresAt = this.expiry(call, call.values[reasonLeftOut ? 1 : 2]);
    this.negative.set(name.key, {
      name,
      reason: reason.replace(/[\r\n]+/g, ' '),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      place: call.place,
    });
  }

  /** The option `expires` of addNTA: wall-clock seconds at which the anchor ends. */
  private expiry(call: LuaCall, options: LuaValue): number | undefined {
    if (options === undefined) return undefined;
    if (!(options instanceof LuaTable)) {
      return call.fail(`the third argument must be a table, as {expires = '7d'}, not ${describeValue(options)}`);
    }
    const unknown = [...options.fields.keys()].find((key) => key !== 'expires');
    if (unknown !== undefined) call.fail(`unknown option '${shortened(unknown)}'; known: expires`);
    const value = options.fields.get('expires');
    if (value === undefined) return undefined;
    if (typeof value !== 'string' && typeof value !== 'number') {
      return call.fail(`expires must be text such as '7d', not ${describeValue(value)}`);
    }
    const expiry = parseExpiry(String(value), this.nowSeconds);
    if (!expiry.ok) return call.fail(`expires: ${expiry.error}`);
    if (expiry.value <= this.nowSeconds) {
      this.warn(call.place, `addNTA: the negative trust anchor has already ended (expires = ${value})`);
    }
    return expiry.value;
  }

  private clear(call: LuaCall, anchors: Map<string, unknown>): undefined {
    if (call.values[0] === undefined) anchors.clear();
    else anchors.delete(nameArgument(call, 0).key);
  }

  private readFile(call: LuaCall, directories: readonly string[]): undefined {
    const written = call.text(0, 'the name of the file');
    if (written === '') call.fail('the name of the file is empty');
    const hours = call.optionalNumber(1, 'the number of hours') ?? DEFAULT_FILE_HOURS;
    if (!Number.isFinite(hours) || hours < 0 || hours > MAX_FILE_HOURS) {
      call.fail(`${hours} is no number of hours from 0 (never) to ${MAX_FILE_HOURS}`);
    }
    const file = locateFile(written, directories);
    const content = readWholeFile(file);
    if (!content.ok) call.fail(`cannot read ${content.error}`);
    if (this.file !== undefined && this.file.file !== file) {
      this.warn(call.place, `readTrustAnchorsFromFile: only the last file counts; ${this.file.file} is not read`);
    }
    this.file = { file, hours: Math.trunc(hours), place: call.place };
  }
}

/** A name as text, or what newDN made. */
function nameArgument(call: LuaCall, index: number): DomainName {
  const value = call.values[index];
  const text = value instanceof LuaObject ? String(value.value) : call.text(index, 'the name');
  const name = parseName(text.trim());
  return name.ok ? name.name : call.fail(`'${shortened(text)}' is no domain name: ${name.error}`);
}

/** The second argument: one text, or a list of them. */
function recordsArgument(call: LuaCall, name: DomainName): AnchorRecords {
  const value = call.values[1];
  const texts = value instanceof LuaTable ? value.list : [call.text(1, 'the DS')];
  if (value instanceof LuaTable) {
    if (value.list.length === 0) call.fail("the list of DS is empty; write {'12345 13 2 HEX', ...}");
    if (value.fields.size > 0) call.fail("the DS are written as a list: {'12345 13 2 HEX', ...}");
  }
  const records = texts.map((text) => {
    if (typeof text !== 'string') return call.fail(`the DS must be a string, not ${describeValue(text)}`);
    const result = readAnchorText(name, text);
    return result.ok ? result.value : call.fail(result.error);
  });
  const list = value instanceof LuaTable ? ['a list was given; PowerDNS wants one addTA for each DS'] : [];
  return {
    ds: records.flatMap((record) => record.ds),
    notes: [...new Set([...list, ...records.flatMap((record) => record.notes)])],
  };
}
