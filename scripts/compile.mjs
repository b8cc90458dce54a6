// Makes the cache of V8's code for a script that holds the whole program: `node scripts/compile.mjs FILE FOLDER`, with an
// empty folder to work in. V8 keeps what it has compiled, and it compiles what runs: so a server is started, asked
// something, and ends. It listens on a free port of 127.0.0.1, and what it wants to know from others it asks a port on
// which nobody answers.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Script } from 'node:vm';
import { codeCacheOf, runScript, sealed, sourceOf } from '../dist/launch/code-cache.js';

const ATTEMPTS = 100;
const ATTEMPT_MS = 100;

const { positionals } = parseArgs({ allowPositionals: true });
const [file = '', folder = ''] = positionals;
const location = pathToFileURL(resolve(file));
const script = new Script(sourceOf(location), { filename: location.href });
// V8 takes a cache only with the switches that it was made with, and the server sets some after it has been loaded.
createRequire(import.meta.url)('node:v8').setFlagsFromString = () => {};

const port = await freePort();
const config = join(folder, 'recursor.yml');
writeFileSync(
  config,
  `incoming:
  listen: [127.0.0.1]
  port: ${port}
recursor:
  socket_dir: ${JSON.stringify(resolve(folder))}
  security_poll_suffix: ''
  forward_zones:
    - zone: .
      forwarders: ['127.0.0.1:${await freePort()}']
webservice:
  webserver: false
`,
);
process.argv.splice(1, process.argv.length, 'kedge', 'serve', '--config', config);
runScript(script, location);
try {
  await answerTo('localhost');
  await answerTo('example');
  const cache = fileURLToPath(codeCacheOf(location));
  // Whole or not there.
  writeFileSync(`${cache}.new`, sealed(script.createCachedData()), { flush: true });
  renameSync(`${cache}.new`, cache);
  process.exit(0);
} catch (error) {
  // The server lives on after faults, and this is none of its own.
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}

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
