// The geographical location of LOC records in both forms (RFC 1876 2 and 3).
import { joinOctets, numberOctets, type ParsedField, type RdataField, type WordCursor } from './rdata-text-cursor.ts';
import { parseDecimal } from './rdata-text-values.ts';

/** Thousandths of a second of arc are counted from here: the equator, the prime meridian. */
const MIDDLE = 2 ** 31;
const UNITS_PER_DEGREE = 3_600_000;
/** Altitudes are centimetres above a point this far below the reference spheroid. */
const ALTITUDE_BASE_CENTIMETRES = 10_000_000;
/** RFC 1876 3: 1 m, 10 km and 10 m, for what the text leaves out. */
const DEFAULT_CENTIMETRES = [100, 1_000_000, 1_000] as const;

/** The whole RDATA of LOC, version 0. */
export const locationField: RdataField = {
  text: (cursor) => {
    const version = cursor.u8();
    const sizes = [cursor.u8(), cursor.u8(), cursor.u8()].map(sizeText);
    const latitude = angleText(cursor.u32(), 90, 'N', 'S');
    const longitude = angleText(cursor.u32(), 180, 'E', 'W');
    const altitude = cursor.u32();
    if (version !== 0 || altitude === undefined || latitude === undefined || longitude === undefined) return undefined;
    if (sizes.includes(undefined)) return undefined;
    const height = ((altitude - ALTITUDE_BASE_CENTIMETRES) / 100).toFixed(2);
    return `${latitude} ${longitude} ${height}m ${sizes.join(' ')}`;
  },
  parse: (words) => {
    const latitude = parseAngle(words, 90, 'N', 'S');
    if (typeof latitude === 'string') return latitude;
    const longitude = parseAngle(words, 180, 'E', 'W');
    if (typeof longitude === 'string') return longitude;
    const altitudeWord = words.next();
    const altitude = parseCentimetres(altitudeWord);
    if (altitude === undefined || altitude < -ALTITUDE_BASE_CENTIMETRES) return `'${altitudeWord}' is no altitude`;
    const raised = altitude + ALTITUDE_BASE_CENTIMETRES;
    if (raised > 0xffffffff) return `'${altitudeWord}' is too high`;
    const sizes: number[] = [];
    for (const defaultCentimetres of DEFAULT_CENTIMETRES) {
      const word = words.remaining > 0 ? words.next() : undefined;
      const size = sizeOctet(word === undefined ? defaultCentimetres : parseCentimetres(word));
      if (size === undefined) return `'${word}' is no size or precision`;
      sizes.push(size);
    }
    return joinOctets([Uint8Array.of(0, ...sizes), latitude, longitude, numberOctets(raised, 4)]);
  },
};

/** Degrees, minutes, seconds and the side of the middle. */
function angleText(value: number | undefined, maxDegrees: number, above: string, below: string): string | undefined {
  if (value === undefined) return undefined;
  const units = Math.abs(value - MIDDLE);
  if (units > maxDegrees * UNITS_PER_DEGREE) return undefined;
  const degrees = Math.floor(units / UNITS_PER_DEGREE);
  const minutes = Math.floor((units % UNITS_PER_DEGREE) / 60_000);
  const seconds = ((units % 60_000) / 1000).toFixed(3);
  return `${degrees} ${minutes} ${seconds} ${value < MIDDLE ? below : above}`;
}

/** `d [m [s]]` and a letter; minutes and seconds may be left out. */
function parseAngle(words: WordCursor, maxDegrees: number, above: string, below: string): ParsedField {
  const degrees = parseDecimal(words.next(), maxDegrees);
  if (degrees === undefined) return `degrees are not a number from 0 to ${maxDegrees}`;
  let units = degrees * UNITS_PER_DEGREE;
  if (/^[0-9]/.test(words.peek())) {
    const minutes = parseDecimal(words.next(), 59);
    if (minutes === undefined) return 'minutes are not a number from 0 to 59';
    units += minutes * 60_000;
    if (/^[0-9]/.test(words.peek())) {
      const milliseconds = parseFixed(words.next(), 3);
      if (milliseconds === undefined || milliseconds >= 60_000) return 'seconds are not a number from 0 to 59.999';
      units += milliseconds;
    }
  }
  const side = words.next().toUpperCase();
  if (side !== above && side !== below) return `an angle ends with ${above} or ${below}`;
  if (units > maxDegrees * UNITS_PER_DEGREE) return `an angle is larger than ${maxDegrees} degrees`;
  return numberOctets(side === above ? MIDDLE + units : MIDDLE - units, 4);
}

/** A decimal number with at most `places` decimals, as an integer of that many decimals; undefined when it is none. */
function parseFixed(text: string, places: number): number | undefined {
  const [, whole = '', decimals = ''] = /^([0-9]{1,8})(?:\.([0-9]*))?$/.exec(text) ?? [];
  return whole === '' || decimals.length > places ? undefined : Number(whole + decimals.padEnd(places, '0'));
}

function parseCentimetres(word: string): number | undefined {
  const [, minus = '', digits = ''] = /^(-?)([0-9.]+)m?$/i.exec(word) ?? [];
  const centimetres = parseFixed(digits, 2);
  return centimetres === undefined ? undefined : minus === '' ? centimetres : -centimetres;
}

/** Metres of a mantissa and a power of ten of centimetres; undefined for octets that no text gives. */
function sizeText(octet: number | undefined): string | undefined {
  if (octet === undefined) return undefined;
  const mantissa = octet >> 4;
  const exponent = octet & 15;
  if (mantissa > 9 || exponent > 9 || (mantissa === 0 && exponent > 0)) return undefined;
  const centimetres = mantissa * 10 ** exponent;
  return exponent < 2 ? `${(centimetres / 100).toFixed(2)}m` : `${centimetres / 100}m`;
}

/** Mantissa and exponent; further digits are cut off. */
function sizeOctet(centimetres: number | undefined): number | undefined {
  if (centimetres === undefined || centimetres < 0 || centimetres >= 1e10) return undefined;
  let mantissa = centimetres;
  let exponent = 0;
  for (; mantissa >= 10; exponent++) mantissa = Math.floor(mantissa / 10);
  return (mantissa << 4) | exponent;
}
