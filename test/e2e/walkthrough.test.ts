/**
 * A home network from the first file to the rotated key: PowerDNS Authoritative Server with SQLite, kedge with recursor.conf
 * and recursor.lua as a guide has them, dig and the control tool.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HomeResolver } from './compat/home-resolver.ts';
import { HOME_TTL, HomeServer } from './compat/home-server.ts';
import type { DigReply } from './support/dig.ts';
import type { Namespace } from './support/namespace.ts';
import { changeDsDigest } from './support/presigned-zone.ts';
import { createPrivateNamespace, publishRoot } from './support/private-internet.ts';
import { describeWithPrograms } from './support/programs.ts';
import { IS_STAND_IN } from './support/resolver.ts';

const CONF = (folder: string): string[] => [
  'dnssec=validate',
  `lua-config-file=${folder}/recursor.lua`,
  'forward-zones=home.arpa=127.0.0.1:5300, february.local=127.0.0.1:5300',
  'forward-zones+=lan=127.0.0.1:5300',
  'local-address=127.0.0.1',
  'nta-extended-error=yes',
];
const NTA_LINE = 'addNTA("lan", "internal unsigned zone")';
const addTA = (zone: string, ds: string): string => `addTA("${zone}", "${ds}")`;

const isSecure = (reply: DigReply): boolean => reply.flags.includes('ad');
const sleep = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

if (!IS_STAND_IN) {
  describeWithPrograms('a home network', ['pdns_server', 'pdnsutil', 'sqlite3'], () => {
    let namespace: Namespace | undefined;
    let server: HomeServer;
    let resolver: HomeResolver;
    let homeDs = '';
    let februaryDs = '';

    beforeAll(async () => {
      namespace = await createPrivateNamespace('walkthrough');
      const root = await publishRoot(namespace, []);
      server = await HomeServer.start(namespace, {
        'home.arpa': 'signed',
        'february.local': 'signed',
        lan: 'unsigned',
      });
      [homeDs = ''] = await server.exportDs('home.arpa');
      [februaryDs = ''] = await server.exportDs('february.local');
      resolver = new HomeResolver(namespace, root);
      resolver.writeConf(CONF(resolver.folder));
      resolver.writeLua([addTA('home.arpa', homeDs), addTA('february.local', februaryDs), NTA_LINE]);
      await resolver.start();
    });

    afterAll(() => namespace?.close());

    const reload = async (...lua: readonly string[]): Promise<void> => {
      resolver.writeLua(lua);
      const done = await resolver.ctl('reload-lua-config');
      expect(done.status, done.stderr).toBe(0);
    };

    describe('with the anchors from pdnsutil export-zone-ds', () => {
      it.each([
        ['data', 'www.home.arpa A', 'NOERROR', ['www.home.arpa. A 192.0.2.1']],
        [
          'an alias',
          'alias.home.arpa A',
          'NOERROR',
          ['alias.home.arpa. CNAME www.home.arpa.', 'www.home.arpa. A 192.0.2.1'],
        ],
        ['a wildcard', 'any.wild.home.arpa A', 'NOERROR', ['any.wild.home.arpa. A 192.0.2.7']],
        ['a missing name', 'missing.home.arpa A', 'NXDOMAIN', []],
        ['a missing type', 'www.home.arpa MX', 'NOERROR', []],
        ['the other zone', 'www.february.local A', 'NOERROR', ['www.february.local. A 192.0.2.1']],
        ['a missing name of the other zone', 'missing.february.local A', 'NXDOMAIN', []],
        ['a missing type of the other zone', 'www.february.local MX', 'NOERROR', []],
      ])('sets AD on %s', async (_, question, status, answer) => {
        const reply = await resolver.dig('+dnssec', ...question.split(' '));
        expect(reply.status, reply.text).toBe(status);
        expect(isSecure(reply), reply.text).toBe(true);
        expect(reply.answer).toEqual(answer);
        expect(reply.answerSignatures.length > 0).toBe(answer.length > 0);
      });
    });

    it('answers for the unsigned zone under a negative anchor without AD', async () => {
      for (const [question, status] of [
        ['www.lan', 'NOERROR'],
        ['missing.lan', 'NXDOMAIN'],
      ] as const) {
        const reply = await resolver.dig('+dnssec', question, 'A');
        expect(reply.status, reply.text).toBe(status);
        expect(isSecure(reply), reply.text).toBe(false);
        expect(
          reply.extendedErrors.map(({ code }) => code),
          reply.text,
        ).toContain(33);
      }
    });

    it('lists the anchors', async () => {
      const anchors = await resolver.ctl('get-tas');
      expect(anchors.stdout).toMatch(/^Configured Trust Anchors:\n/);
      expect(anchors.stdout).toContain(`\nfebruary.local\n\t\t${februaryDs}\n`);
      expect(anchors.stdout).toContain(`\nhome.arpa\n\t\t${homeDs}\n`);
      const negative = await resolver.ctl('get-ntas');
      expect(negative.stdout).toBe('Configured Negative Trust Anchors:\nlan\tinternal unsigned zone\n');
    });

    it('refuses the zone at once when one digit of the DS is changed, names the anchor, and gives the data with CD', async () => {
      await reload(addTA('home.arpa', changeDsDigest(homeDs)), addTA('february.local', februaryDs), NTA_LINE);
      const refused = await resolver.dig('+dnssec', 'www.home.arpa', 'A');
      expect(refused.status, refused.text).toBe('SERVFAIL');
      expect(refused.extendedErrors[0]?.code, refused.text).toBe(9);
      const [tag = ''] = homeDs.split(' ');
      const said = refused.extendedErrors.map(({ text }) => text);
      expect(said[0]).toContain('home.arpa');
      expect(said).toContain(`trust anchor of home.arpa: ${tag}`);
      const unchecked = await resolver.dig('+cd', 'www.home.arpa', 'A');
      expect(unchecked.status, unchecked.text).toBe('NOERROR');
      expect(unchecked.answer).toEqual(['www.home.arpa. A 192.0.2.1']);
      // The other zone goes on.
      expect(isSecure(await resolver.dig('www.february.local', 'A'))).toBe(true);
    });

    it('trusts it at once when the DS is right again', async () => {
      await reload(addTA('home.arpa', homeDs), addTA('february.local', februaryDs), NTA_LINE);
      const reply = await resolver.dig('www.home.arpa', 'A');
      expect(isSecure(reply), reply.text).toBe(true);
    });

    it('keeps what runs when the Lua file has an error, and says where', async () => {
      resolver.writeLua(['addTA("home.arpa", "12345 13 2 4a3b...")']);
      const failed = await resolver.ctl('reload-lua-config');
      expect(failed.status).toBe(1);
      expect(failed.stderr).toContain(`Unable to load Lua script from '${resolver.folder}/recursor.lua': `);
      expect(failed.stderr).toMatch(/recursor\.lua:3: .*\.\.\./s);
      const reply = await resolver.dig('www.home.arpa', 'A');
      expect(isSecure(reply), reply.text).toBe(true);
    });

    it('rotates the key with both DS and without one failure', async () => {
      const other = [addTA('february.local', februaryDs), NTA_LINE];
      await reload(addTA('home.arpa', homeDs), ...other);
      const failures: string[] = [];
      const questions = ['www.home.arpa A', 'www.home.arpa MX', 'home.arpa DNSKEY', 'alias.home.arpa A'];
      let asked = 0;
      let isRotating = true;
      const polling = (async () => {
        while (isRotating) {
          const [question = ''] = [`missing${asked}.home.arpa A`, ...questions].slice(asked % (questions.length + 1));
          asked++;
          const reply = await resolver.dig('+dnssec', ...question.split(' '));
          if (!isSecure(reply)) failures.push(`${question}\n${reply.text}`);
        }
      })();

      const oldKey = await server.onlyKey('home.arpa');
      const newKey = await server.addKey('home.arpa');
      const newDs = (await server.exportDs('home.arpa')).find((ds) => ds !== homeDs) ?? '';
      expect(newDs).not.toBe('');
      await reload(addTA('home.arpa', homeDs), addTA('home.arpa', newDs), ...other);
      const both = [homeDs, newDs].sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10));
      expect((await resolver.ctl('get-tas')).stdout).toContain(`\nhome.arpa\n\t\t${both.join('\n\t\t')}\n`);
      // Until no cache has the old DNSKEY set, from before the new key.
      await sleep(HOME_TTL + 1);
      await server.pdnsutil('activate-zone-key', 'home.arpa', newKey);
      await server.pdnsutil('deactivate-zone-key', 'home.arpa', oldKey);
      await sleep(HOME_TTL + 1);
      await server.pdnsutil('remove-zone-key', 'home.arpa', oldKey);
      await sleep(HOME_TTL + 1);
      await reload(addTA('home.arpa', newDs), ...other);
      await sleep(1);
      isRotating = false;
      await polling;
      expect(failures).toEqual([]);
      expect(asked).toBeGreaterThan(50);
      expect(await server.exportDs('home.arpa')).toEqual([newDs]);
      homeDs = newDs;
    });

    it('refuses the zone at once when the right anchor is removed', async () => {
      const retired = changeDsDigest(homeDs);
      await reload(addTA('home.arpa', retired), addTA('home.arpa', homeDs));
      expect(isSecure(await resolver.dig('www.home.arpa', 'A'))).toBe(true);
      await reload(addTA('home.arpa', retired));
      const reply = await resolver.dig('www.home.arpa', 'A');
      expect(reply.status, reply.text).toBe('SERVFAIL');
    });

    it('takes a negative anchor in place of a positive one', async () => {
      await reload('addNTA("home.arpa", "key lost")', 'addNTA("february.local")');
      for (const zone of ['home.arpa', 'february.local']) {
        const reply = await resolver.dig('+dnssec', `www.${zone}`, 'A');
        expect(reply.status, reply.text).toBe('NOERROR');
        expect(isSecure(reply), reply.text).toBe(false);
        expect(reply.answerSignatures).toEqual(['A']);
      }
      const listed = await resolver.ctl('get-ntas');
      expect(listed.stdout).toBe('Configured Negative Trust Anchors:\nhome.arpa\tkey lost\nfebruary.local\t\n');
    });

    it('ends cleanly', async () => {
      const done = await resolver.ctl('quit-nicely');
      expect([done.status, done.stdout]).toEqual([0, 'bye nicely\n']);
      for (let waited = 0; resolver.daemon.isRunning() && waited < 50; waited++) await sleep(0.1);
      expect(resolver.daemon.isRunning()).toBe(false);
    });
  });
}
