// The one table of record types and the fields of their RDATA in presentation form.
import { RRType } from './constants.ts';
import type { RdataField } from './rdata-text-cursor.ts';
import {
  algorithmField,
  base64RestField,
  certificateTypeField,
  dateField,
  hashField,
  hexRestField,
  ipv4Field,
  ipv6Field,
  nameField,
  optionalBase64RestField,
  quotedRestField,
  saltField,
  secondsField,
  stringField,
  stringsField,
  tagField,
  typeBitmapField,
  typeField,
  u8Field,
  u16Field,
  u32Field,
} from './rdata-text-fields.ts';
import { locationField } from './rdata-text-location.ts';
import {
  euiField,
  hostIdentityField,
  ipsecGatewayField,
  locatorField,
  nsapField,
  prefixesField,
  relayField,
} from './rdata-text-special.ts';
import { parametersField } from './rdata-text-svcb.ts';

const oneName = [nameField];
const twoNames = [nameField, nameField];
const preferenceAndName = [u16Field, nameField];
const texts = [stringsField(1)];
const key = [u16Field, u8Field, algorithmField, base64RestField];
const keyOrNone = [u16Field, u8Field, algorithmField, optionalBase64RestField];
const delegation = [u16Field, algorithmField, u8Field, hexRestField];
const certificateAssociation = [u8Field, u8Field, u8Field, hexRestField];
const service = [u16Field, nameField, parametersField];
const signature = [
  typeField,
  algorithmField,
  u8Field,
  u32Field,
  dateField,
  dateField,
  u16Field,
  nameField,
  base64RestField,
];

const fieldsByType = new Map<number, readonly RdataField[]>([
  // RFC 1035 3.3, 3.4
  [RRType.A, [ipv4Field]],
  [RRType.NS, oneName],
  [RRType.MD, oneName],
  [RRType.MF, oneName],
  [RRType.CNAME, oneName],
  [RRType.SOA, [nameField, nameField, u32Field, secondsField, secondsField, secondsField, secondsField]],
  [RRType.MB, oneName],
  [RRType.MG, oneName],
  [RRType.MR, oneName],
  [RRType.PTR, oneName],
  [RRType.HINFO, [stringField, stringField]],
  [RRType.MINFO, twoNames],
  [RRType.MX, preferenceAndName],
  [RRType.TXT, texts],
  // RFC 1183
  [RRType.RP, twoNames],
  [RRType.AFSDB, preferenceAndName],
  [RRType.X25, [stringField]],
  [RRType.ISDN, [stringsField(1, 2)]],
  [RRType.RT, preferenceAndName],
  // RFC 1706, RFC 1348
  [RRType.NSAP, [nsapField]],
  [RRType['NSAP-PTR'], oneName],
  // RFC 2535, RFC 2931
  [RRType.SIG, signature],
  [RRType.KEY, keyOrNone],
  // RFC 2163, RFC 1712, RFC 3596, RFC 1876
  [RRType.PX, [u16Field, nameField, nameField]],
  [RRType.GPOS, [stringField, stringField, stringField]],
  [RRType.AAAA, [ipv6Field]],
  [RRType.LOC, [locationField]],
  // RFC 2782, RFC 3403, RFC 2230, RFC 4398
  [RRType.SRV, [u16Field, u16Field, u16Field, nameField]],
  [RRType.NAPTR, [u16Field, u16Field, stringField, stringField, stringField, nameField]],
  [RRType.KX, preferenceAndName],
  [RRType.CERT, [certificateTypeField, u16Field, algorithmField, base64RestField]],
  // RFC 6672, RFC 3123
  [RRType.DNAME, oneName],
  [RRType.APL, [prefixesField]],
  // RFC 4034, RFC 4255, RFC 4025, RFC 4701, RFC 5155
  [RRType.DS, delegation],
  [RRType.SSHFP, [u8Field, u8Field, hexRestField]],
  [RRType.IPSECKEY, [ipsecGatewayField, optionalBase64RestField]],
  [RRType.RRSIG, signature],
  [RRType.NSEC, [nameField, typeBitmapField]],
  [RRType.DNSKEY, key],
  [RRType.DHCID, [base64RestField]],
  [RRType.NSEC3, [u8Field, u8Field, u16Field, saltField, hashField, typeBitmapField]],
  [RRType.NSEC3PARAM, [u8Field, u8Field, u16Field, saltField]],
  // RFC 6698, RFC 8162, RFC 8005
  [RRType.TLSA, certificateAssociation],
  [RRType.SMIMEA, certificateAssociation],
  [RRType.HIP, [hostIdentityField]],
  [RRType.NINFO, texts],
  [RRType.RKEY, keyOrNone],
  [RRType.TALINK, twoNames],
  // RFC 7344, RFC 7929, RFC 7477, RFC 8976, RFC 9460
  [RRType.CDS, delegation],
  [RRType.CDNSKEY, key],
  [RRType.OPENPGPKEY, [base64RestField]],
  [RRType.CSYNC, [u32Field, u16Field, typeBitmapField]],
  [RRType.ZONEMD, [u32Field, u8Field, u8Field, hexRestField]],
  [RRType.SVCB, service],
  [RRType.HTTPS, service],
  // RFC 9859
  [RRType.DSYNC, [typeField, u8Field, u16Field, nameField]],
  [RRType.SPF, texts],
  // RFC 6742, RFC 7043
  [RRType.NID, [u16Field, locatorField]],
  [RRType.L32, [u16Field, ipv4Field]],
  [RRType.L64, [u16Field, locatorField]],
  [RRType.LP, preferenceAndName],
  [RRType.EUI48, [euiField(6)]],
  [RRType.EUI64, [euiField(8)]],
  // RFC 7553, RFC 8659, RFC 8777, RFC 9606, RFC 4431
  [RRType.URI, [u16Field, u16Field, quotedRestField]],
  [RRType.CAA, [u8Field, tagField, quotedRestField]],
  [RRType.AVC, texts],
  [RRType.AMTRELAY, [relayField]],
  [RRType.RESINFO, texts],
  [RRType.WALLET, texts],
  [RRType.TA, delegation],
  [RRType.DLV, delegation],
]);

/** The fields of a type's RDATA in order; undefined for types that have no text form of their own. */
export function rdataFields(type: number): readonly RdataField[] | undefined {
  return fieldsByType.get(type);
}

/** The types that have a text form of their own. */
export function typesWithText(): number[] {
  return [...fieldsByType.keys()];
}
