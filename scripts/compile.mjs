// Makes the cache of V8's code for a script that holds the whole program: `node scripts/compile.mjs FILE`. V8 keeps what it
// has compiled, and it compiles what runs: so a server is started, asked something, and ends. It listens on a free port
// of 127.0.0.1, and what it wants to know from others it asks a port on which nobody answers.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { codeCacheOf, readScript, runScript } from '../dist/launch/code-cache.js';

const ATTEMPTS = 100;
const ATTEMPT_MS = 100;

const location = pathToFileURL(resolve(process.argv[2] ?? ''));
const script = readScript(location);
if (script === undefined) throw new Error(`cannot read ${location.href}`);
// V8 takes a cache only with the switches that it was made with, and the server sets some after it has been loaded.
createRequire(import.meta.url)('node:v8').setFlagsFromString = () => {};

const folder = mkdtempSync(join(tmpdir(), 'kedge-build-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const port = await freePort();
const config = join(folder, 'recursor.yml');
writeFileSync(
  config,
  `incoming:
  listen: [127.0.0.1]
  port: ${port}
recursor:
  socket_dir: ${JSON.stringify(folder)}
  security_poll_suffix: ''
  forward_zones:
    - zone: .
      forwarders: ['127.0.0.1:${await freePort()}']
`,
);
process.argv.splice(1, process.argv.length, 'kedge', 'serve', '--config', config);
runScript(script, location);
await answerTo('localhost');
await answerTo('example');

const file = fileURLToPath(codeCacheOf(location));
// Whole or not there.
writeFileSync(`${file}.new`, script.createCachedData());
renameSync(`${file}.new`, file);
process.exit(0);

async function freePort() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Asks until there is a reply, whatever it says. */
async function answerTo(name) {
  const label = Buffer.from(name);
  const query = Buffer.concat([
    Buffer.from([0x12, 0x34, 1, 0x20, 0, 1, 0, 0, 0, 0, 0, 1, label.length]),
    label,
    // End of the name, A, IN; OPT with 1232 octets and DO.
    Buffer.from([0, 0, 1, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 0]),
  ]);
  const socket = createSocket('udp4').unref();
  // Nobody listens yet.
  socket.on('error', () => {});
  const replied = once(socket, 'message').then(() => true);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    socket.send(query, port, '127.0.0.1');
    if (await Promise.race([replied, setTimeout(ATTEMPT_MS, false)])) return socket.close();
  }
  throw new Error(`no reply to ${name}`);
}
