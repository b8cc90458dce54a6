// The OPT record (RFC 6891) and the options that matter here: extended errors (RFC 8914).
import { EdnsOptionCode } from './constants.ts';
import type { DomainName } from './name.ts';
import { readU16, WireError } from './reader.ts';
import type { ResourceRecord } from './record.ts';

/** Options read from one OPT record; more make a query malformed, and are ignored in replies. */
export const MAX_EDNS_OPTIONS = 32;

export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

export interface Edns {
  /** The sender's UDP payload size, octets. */
  readonly udpSize: number;
  /** Upper eight bits of the extended RCODE. */
  readonly extendedRcode: number;
  readonly version: number;
  /** DNSSEC OK (RFC 3225). */
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
  /** The record carried more than `MAX_EDNS_OPTIONS` options; the surplus is not in `options`. */
  readonly optionsExceeded: boolean;
}

/** An Extended DNS Error (RFC 8914): info code and EXTRA-TEXT. */
export interface ExtendedError {
  readonly code: number;
  readonly text: string;
  /** The code of what went wrong in our own table of causes; not part of the option. */
  readonly cause?: string;
  /** The zone that it is about; not part of the option. */
  readonly zone?: DomainName;
}

/** Reads an OPT record; throws `WireError` when options do not fill the RDATA exactly. */
export function parseEdns(record: ResourceRecord): Edns {
  const options: EdnsOption[] = [];
  const rdata = record.rdata;
  let optionsExceeded = false;
  let offset = 0;
  while (offset < rdata.length) {
    if (offset + 4 > rdata.length) throw new WireError('bad-opt', offset);
    const length = readU16(rdata, offset + 2);
    if (offset + 4 + length > rdata.length) throw new WireError('bad-opt', offset);
    if (options.length < MAX_EDNS_OPTIONS) {
      options.push({ code: readU16(rdata, offset), data: rdata.subarray(offset + 4, offset + 4 + length) });
    } else {
      optionsExceeded = true;
    }
    offset += 4 + length;
  }
  return {
    udpSize: record.class,
    extendedRcode: record.ttl >>> 24,
    version: (record.ttl >>> 16) & 0xff,
    dnssecOk: (record.ttl & 0x8000) !== 0,
    options,
    optionsExceeded,
  };
}

/** The first option with `code`; later ones of the same code are ignored. */
export function ednsOption(edns: Edns | undefined, code: number): Uint8Array | undefined {
  return edns?.options.find((option) => option.code === code)?.data;
}

/** Data of an Extended DNS Error option; the text, in UTF-8, is cut at `maxTextOctets` or before. */
export function extendedErrorOption(error: ExtendedError, maxTextOctets: number): EdnsOption {
  const text = new Uint8Array(maxTextOctets);
  // RFC 8914 2: EXTRA-TEXT is UTF-8; encodeInto never leaves half a character.
  const { written } = new TextEncoder().encodeInto(error.text, text);
  const data = new Uint8Array(2 + written);
  data[0] = error.code >> 8;
  data[1] = error.code & 0xff;
  data.set(text.subarray(0, written), 2);
  return { code: EdnsOptionCode.EXTENDED_ERROR, data };
}

/** All extended errors of an OPT record; malformed ones are left out. */
export function extendedErrors(edns: Edns | undefined): ExtendedError[] {
  const errors: ExtendedError[] = [];
  for (const option of edns?.options ?? []) {
    if (option.code !== EdnsOptionCode.EXTENDED_ERROR || option.data.length < 2) continue;
    errors.push({
      code: readU16(option.data, 0),
      text: Buffer.from(option.data.subarray(2)).toString('utf8').replace(/\0+$/, ''),
    });
  }
  return errors;
}
