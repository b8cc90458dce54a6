/**
 * A man in the middle: takes queries on some addresses, asks the true server, and changes the replies on their way.
 *
 * Run as `node tampering-proxy.mjs JSON`, where JSON is a list of { listen: [address, ...], server, tampering }.
 * It prints one line when it listens on all of them.
 */
import dgram from 'node:dgram';
import net from 'node:net';
import dnsPacket from 'dns-packet';

const PORT = 53;
const UPSTREAM_TIMEOUT_MS = 3_000;

const isSignatureOver = (record, type) => record.type === 'RRSIG' && record.data.typeCovered === type;
const withoutType = (records, type) =>
  records.filter((record) => record.type !== type && !isSignatureOver(record, type));

/** Applies a change to every section that holds records, OPT left alone. */
function mapSections(message, change) {
  return {
    ...message,
    answers: change(message.answers),
    authorities: change(message.authorities),
    additionals: [
      ...change(message.additionals.filter(({ type }) => type !== 'OPT')),
      ...message.additionals.filter(({ type }) => type === 'OPT'),
    ],
  };
}

/** What can be done to a decoded reply. */
const REPLY_CHANGES = {
  none: (message) => message,
  'change-address': (message) =>
    mapSections(message, (records) =>
      records.map((record) => (record.data === '192.0.2.1' ? { ...record, data: '192.0.2.66' } : record)),
    ),
  'add-address': (message) => {
    const address = message.answers.find(({ type }) => type === 'A');
    if (address === undefined) return message;
    return { ...message, answers: [...message.answers, { ...address, data: '192.0.2.66' }] };
  },
  'strip-signatures': (message) =>
    mapSections(message, (records) => records.filter((record) => !isSignatureOver(record, 'A'))),
  'strip-all-signatures': (message) =>
    mapSections(message, (records) => records.filter(({ type }) => type !== 'RRSIG')),
  'corrupt-signatures': (message) =>
    mapSections(message, (records) =>
      records.map((record) => {
        if (!isSignatureOver(record, 'A')) return record;
        const signature = Buffer.from(record.data.signature);
        signature[10] ^= 1;
        return { ...record, data: { ...record.data, signature } };
      }),
    ),
  'strip-denial': (message) => mapSections(message, (records) => withoutType(withoutType(records, 'NSEC'), 'NSEC3')),
  'strip-ds': (message) => mapSections(message, (records) => withoutType(records, 'DS')),
  'deny-name': (message) => {
    if (message.questions[0]?.type !== 'A') return message;
    const soa = message.authorities.filter(({ type }) => type === 'SOA');
    return { ...message, flags: (message.flags & ~15) | 3, rcode: 'NXDOMAIN', answers: [], authorities: soa };
  },
  'deny-type': (message) =>
    message.questions[0]?.type === 'A' ? { ...message, answers: [], authorities: [] } : message,
  truncate: (message) => ({ ...message, flags: message.flags | dnsPacket.TRUNCATED_RESPONSE, answers: [] }),
};

/** A query as a server that knows no DNSSEC would have got it: without the OPT record. */
function dropOpt(query) {
  const message = dnsPacket.decode(query);
  return dnsPacket.encode({ ...message, additionals: message.additionals.filter(({ type }) => type !== 'OPT') });
}

function changeQuery(query, tampering) {
  return tampering === 'drop-opt' ? dropOpt(query) : query;
}

function changeReply(reply, tampering, transport) {
  if (tampering === 'truncate' && transport === 'tcp') return reply;
  const change = REPLY_CHANGES[tampering];
  if (change === undefined) return reply;
  return dnsPacket.encode(change(dnsPacket.decode(reply)));
}

/** Calls `onMessage` for each length-prefixed message on a TCP connection (RFC 1035 section 4.2.2). */
function readMessages(socket, onMessage) {
  let buffered = Buffer.alloc(0);
  socket.on('data', (octets) => {
    buffered = Buffer.concat([buffered, octets]);
    while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
      const end = 2 + buffered.readUInt16BE(0);
      onMessage(buffered.subarray(2, end));
      buffered = buffered.subarray(end);
    }
  });
}

function frame(message) {
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16BE(message.length);
  return Buffer.concat([prefix, message]);
}

/** The true server is asked over TCP always, so that nothing is truncated before it is tampered with. */
function askServer(server, query, onReply) {
  const socket = net.connect(PORT, server, () => socket.write(frame(query)));
  socket.setTimeout(UPSTREAM_TIMEOUT_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  readMessages(socket, (reply) => {
    socket.end();
    onReply(reply);
  });
}

function listenUdp(address, { server, tampering }) {
  const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('message', (query, client) => {
    askServer(server, changeQuery(query, tampering), (reply) => {
      socket.send(changeReply(reply, tampering, 'udp'), client.port, client.address);
    });
  });
  return new Promise((resolve) => socket.bind(PORT, address, resolve));
}

function listenTcp(address, { server, tampering }) {
  const listener = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    readMessages(socket, (query) => {
      askServer(server, changeQuery(query, tampering), (reply) => {
        if (socket.writable) socket.write(frame(changeReply(reply, tampering, 'tcp')));
      });
    });
  });
  return new Promise((resolve) => listener.listen(PORT, address, resolve));
}

const routes = JSON.parse(process.argv[2] ?? '[]');
await Promise.all(
  routes.flatMap((route) => route.listen.flatMap((address) => [listenUdp(address, route), listenTcp(address, route)])),
);
console.log('listening');
