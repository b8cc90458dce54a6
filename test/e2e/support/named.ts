/** BIND 9 as an authoritative server that signs by dnssec-policy. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import type { DualAddress } from './addresses.ts';
import { dig } from './dig.ts';
import { type Daemon, type Namespace, waitUntilReady } from './namespace.ts';
import { fileNameOf } from './presigned-zone.ts';
import { programPath } from './programs.ts';

export interface NamedZone {
  origin: string;
  text: string;
  /** Body of the zone's dnssec-policy; absent for an unsigned zone. */
  policy?: string;
}

export async function startNamed(
  namespace: Namespace,
  name: string,
  address: DualAddress,
  zones: readonly NamedZone[],
): Promise<Daemon> {
  const folder = namespace.path(name);
  mkdirSync(folder);
  const lines = [
    'options {',
    `  directory "${folder}";`,
    `  listen-on { ${address.ipv4}; };`,
    `  listen-on-v6 { ${address.ipv6}; };`,
    '  recursion no;',
    '  dnssec-validation no;',
    '  notify no;',
    '  pid-file none;',
    '  lock-file none;',
    `  session-keyfile "${folder}/session.key";`,
    `  managed-keys-directory "${folder}";`,
    '};',
    'controls { };',
  ];
  for (const zone of zones) {
    const file = fileNameOf(zone.origin);
    writeFileSync(`${folder}/${file}.zone`, zone.text);
    if (zone.policy !== undefined) lines.push(`dnssec-policy "${file}" { ${zone.policy} };`);
    const signing = zone.policy === undefined ? '' : `dnssec-policy "${file}"; inline-signing yes;`;
    lines.push(`zone "${zone.origin}" { type primary; file "${file}.zone"; ${signing} };`);
  }
  writeFileSync(`${folder}/named.conf`, `${lines.join('\n')}\n`);
  // A copy under another path: AppArmor's profile for the packaged program forbids the working folder.
  const program = `${folder}/named`;
  copyFileSync(programPath('named'), program);
  const daemon = namespace.start(name, [program, '-g', '-n', '1', '-c', `${folder}/named.conf`]);
  for (const zone of zones) {
    await waitUntilReady(daemon, () => isSigned(namespace, address.ipv4, zone));
  }
  return daemon;
}

/** Whether the server answers with all signatures; it makes keys and signatures after its start. */
async function isSigned(namespace: Namespace, address: string, zone: NamedZone): Promise<boolean> {
  const ask = (qname: string, qtype: string) =>
    dig(namespace, { address }, ['+norecurse', '+dnssec', '+time=1', qname, qtype]);
  const soa = await ask(zone.origin, 'SOA');
  if (zone.policy === undefined) return soa.status === 'NOERROR';
  const dnskey = await ask(zone.origin, 'DNSKEY');
  const denial = await ask(`missing.${zone.origin}`, 'A');
  const isNsec3 = zone.policy.includes('nsec3param');
  const hasDenial = denial.authority.some((record) => record.includes(isNsec3 ? ' RRSIG NSEC3 ' : ' RRSIG NSEC '));
  const hasNsec3Param = !isNsec3 || (await ask(zone.origin, 'NSEC3PARAM')).answerSignatures.length > 0;
  return soa.answerSignatures.length > 0 && dnskey.answerSignatures.length > 0 && hasDenial && hasNsec3Param;
}
