// A reply as dig prints it, and as JSON.
import { classText, EdnsOptionCode, rcodeText, typeText } from '../wire/constants.ts';
import { type Edns, extendedErrors } from '../wire/edns.ts';
import { HeaderFlag, opcodeOf } from '../wire/header.ts';
import { nameText } from '../wire/name-text.ts';
import { rdataText } from '../wire/rdata-text.ts';
import type { ResourceRecord } from '../wire/record.ts';
import type { QueryResult } from './dns-client.ts';
import { extendedErrorName } from './extended-error-names.ts';

type Answered = Extract<QueryResult, { ok: true }>;

const flagNames: readonly [string, number][] = [
  ['qr', HeaderFlag.QR],
  ['aa', HeaderFlag.AA],
  ['tc', HeaderFlag.TC],
  ['rd', HeaderFlag.RD],
  ['ra', HeaderFlag.RA],
  ['ad', HeaderFlag.AD],
  ['cd', HeaderFlag.CD],
];

const opcodeNames = ['QUERY', 'IQUERY', 'STATUS', 'RESERVED3', 'NOTIFY', 'UPDATE'];

function flagsOf({ message }: Answered): string[] {
  return flagNames.filter(([, bit]) => (message.header.flags & bit) !== 0).map(([name]) => name);
}

/** All of a reply. */
export function replyText(reply: Answered): string {
  const { message, server, transport, octets, milliseconds } = reply;
  const { header, question } = message;
  const opcode = opcodeNames[opcodeOf(header.flags)] ?? `OPCODE${opcodeOf(header.flags)}`;
  const lines = [
    `;; ->>HEADER<<- opcode: ${opcode}, status: ${rcodeText(message.rcode)}, id: ${header.id}`,
    `;; flags: ${flagsOf(reply).join(' ')}; QUERY: ${header.questionCount}, ANSWER: ${message.answer.length}, ` +
      `AUTHORITY: ${message.authority.length}, ADDITIONAL: ${header.additionalCount}`,
    '',
    ...ednsLines(message.edns),
    ';; QUESTION SECTION:',
    `;${nameText(question.name)}\t\t\t${classText(question.class)}\t${typeText(question.type)}`,
    '',
    ...sectionLines('ANSWER', message.answer),
    ...sectionLines('AUTHORITY', message.authority),
    ...sectionLines('ADDITIONAL', message.additional),
    `;; Query time: ${milliseconds} msec`,
    `;; SERVER: ${server.address}#${server.port} (${transport.toUpperCase()})`,
    `;; MSG SIZE  rcvd: ${octets}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Only the data, one line a record. */
export function shortText({ message }: Answered): string {
  return message.answer.map(({ type, rdata }) => `${rdataText(type, rdata)}\n`).join('');
}

/** The reply as plain values. */
export function replyJson(reply: Answered): object {
  const { message, server, transport, octets, milliseconds } = reply;
  const { edns, question } = message;
  return {
    status: rcodeText(message.rcode),
    flags: flagsOf(reply),
    question: {
      name: nameText(question.name),
      type: typeText(question.type),
      class: classText(question.class),
    },
    edns: edns && { udpSize: edns.udpSize, version: edns.version, do: edns.dnssecOk },
    extendedErrors: extendedErrors(edns).map(({ code, text }) => ({ code, name: extendedErrorName(code), text })),
    answer: message.answer.map(recordJson),
    authority: message.authority.map(recordJson),
    additional: message.additional.map(recordJson),
    server: `${server.address}#${server.port}`,
    transport,
    octets,
    milliseconds,
  };
}

function recordJson({ name, type, class: rrclass, ttl, rdata }: ResourceRecord): object {
  return {
    name: nameText(name),
    type: typeText(type),
    class: classText(rrclass),
    ttl,
    data: rdataText(type, rdata),
  };
}

function sectionLines(title: string, records: readonly ResourceRecord[]): string[] {
  if (records.length === 0) return [];
  const lines = records.map(
    ({ name, ttl, class: rrclass, type, rdata }) =>
      `${nameText(name)}\t${ttl}\t${classText(rrclass)}\t${typeText(type)}\t${rdataText(type, rdata)}`,
  );
  return [`;; ${title} SECTION:`, ...lines, ''];
}

function ednsLines(edns: Edns | undefined): string[] {
  if (edns === undefined) return [];
  const flags = edns.dnssecOk ? ' do' : '';
  const errors = extendedErrors(edns).map(
    ({ code, text }) => `; EDE: ${code} (${extendedErrorName(code)})${text === '' ? '' : `: (${printable(text)})`}`,
  );
  const nsid = edns.options.find(({ code }) => code === EdnsOptionCode.NSID)?.data;
  const nsidLines = nsid === undefined ? [] : [`; NSID: ${printable(new TextDecoder('latin1').decode(nsid))}`];
  return [
    ';; OPT PSEUDOSECTION:',
    `; EDNS: version: ${edns.version}, flags:${flags}; udp: ${edns.udpSize}`,
    ...errors,
    ...nsidLines,
  ];
}

/** Text of a remote party, without octets that a terminal would obey. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
