/**
 * What a user of PowerDNS Recursor may rely on, case by case: files that load and files that must not, anchors from files
 * and at run time, three formats of one configuration. `flags.test.ts` has the bits of replies in each mode,
 * `walkthrough.test.ts` the anchors of a home network.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HomeResolver } from './compat/home-resolver.ts';
import { HomeServer } from './compat/home-server.ts';
import type { DigReply } from './support/dig.ts';
import type { Namespace } from './support/namespace.ts';
import { changeDsDigest } from './support/presigned-zone.ts';
import { createPrivateNamespace, type PublishedRoot, publishRoot } from './support/private-internet.ts';
import { describeWithPrograms } from './support/programs.ts';
import { IS_STAND_IN } from './support/resolver.ts';

const FORWARDS = 'forward-zones=home.arpa=127.0.0.1:5300, february.local=127.0.0.1:5300';
/** The file of the package dns-root-data, and PowerDNS Recursor's own files, where they are installed. */
const ROOT_KEY_FILE = '/usr/share/dns/root.key';
const PACKAGED_LUA_FILE = '/etc/powerdns/recursor.lua';
const PACKAGED_ROOT_KEYS = '/usr/share/pdns-recursor/lua-config/rootkeys.lua';
const PACKAGED_TAGS = [20326, 38696];

const isSecure = (reply: DigReply): boolean => reply.flags.includes('ad');

if (!IS_STAND_IN) {
  describeWithPrograms('acceptance', ['pdns_server', 'pdnsutil', 'sqlite3'], () => {
    let namespace: Namespace | undefined;
    let root: PublishedRoot;
    let resolver: HomeResolver;
    let homeDs = '';

    beforeAll(async () => {
      namespace = await createPrivateNamespace('acceptance');
      root = await publishRoot(namespace, []);
      const server = await HomeServer.start(namespace, { 'home.arpa': 'signed', 'february.local': 'signed' });
      [homeDs = ''] = await server.exportDs('home.arpa');
    });

    afterEach(() => resolver?.stop());
    afterAll(() => namespace?.close());

    const inside = (): Namespace => {
      if (namespace === undefined) throw new Error('the namespace was not made');
      return namespace;
    };
    let made = 0;
    /** A resolver with files of its own, not started. */
    const prepare = (conf: readonly string[], lua: readonly string[] = []): HomeResolver => {
      resolver = new HomeResolver(inside(), root, `powerdns-${made++}`);
      resolver.writeLua(lua);
      resolver.writeConf([
        'dnssec=validate',
        'local-address=127.0.0.1',
        `lua-config-file=${resolver.folder}/recursor.lua`,
        ...conf,
      ]);
      return resolver;
    };

    describe('a signed zone that the public tree denies', () => {
      it('is bogus without an anchor', async () => {
        await prepare([FORWARDS]).start();
        const reply = await resolver.dig('+dnssec', 'www.february.local', 'A');
        expect(reply.status, reply.text).toBe('SERVFAIL');
        const unchecked = await resolver.dig('+cd', 'www.february.local', 'A');
        expect(unchecked.answer).toEqual(['www.february.local. A 192.0.2.1']);
      });

      it.each([
        ['yes', [33]],
        ['no', []],
      ])('is answered without AD under a negative anchor, with nta-extended-error=%s', async (setting, codes) => {
        await prepare([FORWARDS, `nta-extended-error=${setting}`], ['addNTA("february.local", "why")']).start();
        const reply = await resolver.dig('+dnssec', 'www.february.local', 'A');
        expect(reply.status, reply.text).toBe('NOERROR');
        expect(isSecure(reply), reply.text).toBe(false);
        expect(reply.extendedErrors.map(({ code }) => code)).toEqual(codes);
        const listed = await resolver.ctl('get-ntas');
        expect([listed.status, listed.stdout]).toEqual([
          0,
          'Configured Negative Trust Anchors:\nfebruary.local\twhy\n',
        ]);
      });
    });

    describe('trust anchors', () => {
      it.runIf(existsSync(ROOT_KEY_FILE))('of a file are joined with those of addTA', async () => {
        const lua = [`readTrustAnchorsFromFile("${ROOT_KEY_FILE}")`, `addTA("home.arpa", "${homeDs}")`];
        await prepare([FORWARDS], lua).start();
        const { stdout } = await resolver.ctl('get-tas');
        for (const tag of PACKAGED_TAGS) expect(stdout).toContain(`\t\t${tag} 8 2 `);
        expect(stdout).toContain(`home.arpa\n\t\t${homeDs}\n`);
      });

      it.runIf(existsSync(PACKAGED_LUA_FILE) && existsSync(PACKAGED_ROOT_KEYS))(
        'are those of the root with the packaged Lua file',
        async () => {
          await prepare([FORWARDS]).start([`--lua-config-file=${PACKAGED_LUA_FILE}`]);
          const { stdout } = await resolver.ctl('get-tas');
          expect(stdout).toMatch(/^Configured Trust Anchors:\n\.\n/);
          for (const tag of PACKAGED_TAGS) expect(stdout).toContain(`\t\t${tag} 8 2 `);
        },
      );

      it('may be two, of which one is of a retired key', async () => {
        const retired = changeDsDigest(homeDs);
        await prepare([FORWARDS], [`addTA("home.arpa", "${retired}")`, `addTA("home.arpa", "${homeDs}")`]).start();
        expect(isSecure(await resolver.dig('www.home.arpa', 'A'))).toBe(true);
        resolver.writeLua([`addTA("home.arpa", "${retired}")`]);
        expect((await resolver.ctl('reload-lua-config')).status).toBe(0);
        expect((await resolver.dig('www.home.arpa', 'A')).status).toBe('SERVFAIL');
      });

      it('added at run time act at once, and are gone after reload-lua-config, which the log says', async () => {
        await prepare([FORWARDS]).start();
        expect(isSecure(await resolver.dig('www.home.arpa', 'A'))).toBe(false);
        const added = await resolver.ctl('add-ta', 'home.arpa', ...homeDs.split(' '));
        expect([added.status, added.stdout]).toEqual([0, `Added Trust Anchor for home.arpa with data ${homeDs} \n`]);
        expect(isSecure(await resolver.dig('www.home.arpa', 'A'))).toBe(true);
        expect((await resolver.ctl('reload-lua-config')).status).toBe(0);
        expect((await resolver.ctl('get-tas')).stdout).not.toContain('home.arpa');
        expect(isSecure(await resolver.dig('www.home.arpa', 'A'))).toBe(false);
        const [tag = ''] = homeDs.split(' ');
        const said = resolver
          .log()
          .split('\n')
          .filter((line) => line.includes('home.arpa') && line.includes(tag));
        expect(said.join('\n')).toMatch(/removed|gone|lost|dropped/);
      });
    });

    it('reads one configuration in three formats alike', async () => {
      const parameters = ['dnssec', 'forward-zones', 'local-address', 'max-negative-ttl', 'lua-config-file'];
      const rendered: string[] = [];
      prepare([FORWARDS, 'max-negative-ttl=7'], [`addTA("home.arpa", "${homeDs}")`]);
      const luaFile = `${resolver.folder}/recursor.lua`;
      const yaml = [
        'dnssec: {validation: validate}',
        'incoming: {listen: [127.0.0.1]}',
        'outgoing: {dont_query: [192.168.0.0/16]}',
        'recordcache: {max_negative_ttl: 7}',
        'recursor:',
        `  hint_file: ${root.hintFile}`,
        `  lua_config_file: ${luaFile}`,
        "  security_poll_suffix: ''",
        '  forward_zones:',
        '    - {zone: home.arpa, forwarders: [127.0.0.1:5300]}',
        '    - {zone: february.local, forwarders: [127.0.0.1:5300]}',
      ];
      const write = (file: string): void => {
        mkdirSync(`${resolver.folder}/${file}`);
        writeFileSync(`${resolver.folder}/${file}/${file.split('-')[1]}`, `${yaml.join('\n')}\n`);
      };
      write('inside-recursor.conf');
      write('own-recursor.yml');
      for (const file of ['recursor.conf', 'inside-recursor.conf/recursor.conf', 'own-recursor.yml/recursor.yml']) {
        await resolver.start([], file);
        const told = await resolver.ctl('get-parameter', ...parameters);
        expect(told.status, told.stderr).toBe(0);
        rendered.push(told.stdout);
        expect(isSecure(await resolver.dig('www.home.arpa', 'A'))).toBe(true);
      }
      expect(rendered[0]).toContain('dnssec=validate\n');
      expect(rendered[1]).toBe(rendered[0]);
      expect(rendered[2]).toBe(rendered[0]);
    });

    it.each([
      ['an unknown setting, with a suggestion', 'forward-zone=lan=192.0.2.1', /forward-zones/],
      ['chroot', 'chroot=/x', /chroot.*(systemd|jail)/is],
      ['a prefix of the forward-zones file', 'forward-zones=+lan=192.168.1.1', /forward-zones-recurse/],
      ['a forward zone without servers', 'forward-zones=lan', /missing =|has no =/],
      ['a mode that there is not', 'dnssec=strict', /validate/],
    ])('refuses to start with %s', async (_, line, message) => {
      prepare([line]);
      const { status, stderr } = await resolver.run('serve', '--config', `${resolver.folder}/recursor.conf`);
      expect(status, stderr).not.toBe(0);
      expect(stderr).toMatch(message);
      // dnssec, local-address and lua-config-file stand above it.
      if (!line.startsWith('chroot')) expect(stderr).toMatch(/recursor\.conf:4(:\d+)?: /);
    });

    it.each(['threads=4', 'reuseport=yes', 'security-poll-suffix=', 'enable-old-settings=yes', 'socket-mode=600'])(
      'starts with %s',
      async (line) => {
        await prepare([line]).start();
        expect((await resolver.dig('localhost', 'A')).status).toBe('NOERROR');
      },
    );
  });
}
