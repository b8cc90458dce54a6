// Remedies that several causes share. Each says who does it, and gives the commands of the usual programs.
import type { Remedy, RemedyLine } from './cause-row.ts';

const POWERDNS = 'PowerDNS Authoritative Server';
const BIND = 'BIND';
const KNOT = 'Knot DNS';
const LDNS = 'ldns and NSD';

function remedy(text: string, ...lines: readonly (readonly [where: string, line: string])[]): Remedy {
  return { text, lines: lines.map(([where, line]): RemedyLine => ({ where, line })) };
}

/** Makes all signatures anew. */
export const signAnew = remedy(
  'Sign {zone} anew on its primary server, and see that it is done again before the signatures expire.',
  [POWERDNS, 'pdnsutil rectify-zone {zone} && pdnsutil increase-serial {zone} && pdns_control purge {zone}$'],
  [BIND, 'rndc sign {zone}'],
  [KNOT, 'knotc zone-sign {zone}'],
  [LDNS, 'ldns-signzone -n {zone}.zone KEY && nsd-control reload {zone}'],
);

/** A secondary that serves an old copy. */
export const transferAnew = remedy(
  'If only some servers of {zone} give this, they hold an old copy: have them fetch the zone again.',
  [POWERDNS, 'pdns_control retrieve {zone}'],
  [BIND, 'rndc retransfer {zone}'],
  [KNOT, 'knotc zone-retransfer {zone}'],
  ['NSD', 'nsd-control force_transfer {zone}'],
);

/** Denial records are made by the signer. */
export const rectify = remedy(
  'Let the signer of {zone} make its NSEC or NSEC3 records anew. After changes by hand or in the database this is needed.',
  [POWERDNS, 'pdnsutil rectify-zone {zone}'],
  [BIND, 'rndc sign {zone}'],
  [KNOT, 'knotc zone-sign {zone}'],
  [LDNS, 'ldns-signzone -n {zone}.zone KEY && nsd-control reload {zone}'],
);

/** It answers from the zone above, which it has as well. */
export const loadZone = remedy(
  'If {name} is a zone of its own, load it on the server {server}, which answers from the zone above it.',
  [POWERDNS, 'pdnsutil list-zone {name} && pdns_control rediscover'],
  [BIND, 'rndc reload {name}'],
  [KNOT, 'knotc zone-reload {name}'],
  ['NSD', 'nsd-control reload {name}'],
);

/** They are named as its servers and do not have it. */
export const serveZone = remedy(
  'Load {zone} on its servers. These commands say whether a server has it, and why not.',
  [POWERDNS, 'pdnsutil list-zone {zone}'],
  [BIND, 'rndc zonestatus {zone}'],
  [KNOT, 'knotc zone-status {zone}'],
  ['NSD', 'nsd-control zonestatus {zone}'],
);

/** The parent is to publish the DS of a key that the zone has. */
export const updateDS = remedy(
  'Have the parent {parent} (for a public zone: through your registrar) publish the DS of a key that {zone} has now. The commands print it at its server: compare, since the record given here came over the network.',
  ['zone file of {parent}', '{zone}. DS {ds}'],
  [POWERDNS, 'pdnsutil show-zone {zone}'],
  [BIND, 'dnssec-dsfromkey K{zone}.{key}.key'],
  [KNOT, 'keymgr {zone} ds'],
);

/** No key that is there can be used. */
export const newKey = remedy(
  'Make a new key for {zone} and sign with it; then have the parent {parent} publish its DS.',
  [POWERDNS, 'pdnsutil add-zone-key {zone} ksk active ecdsa256 && pdnsutil rectify-zone {zone}'],
  [BIND, 'dnssec-keygen -a ECDSAP256SHA256 -f KSK {zone} && rndc loadkeys {zone}'],
  [KNOT, 'keymgr {zone} generate algorithm=ECDSAP256SHA256 ksk=yes && knotc zone-sign {zone}'],
);

/** Back to the key that the parent still names. */
export const restoreKey = remedy(
  'Or publish again, in {zone}, the key that the DS of {parent} names, until the parent has changed: a key may only go when no DS names it. These commands list its keys.',
  [POWERDNS, 'pdnsutil show-zone {zone}'],
  [BIND, 'rndc dnssec -status {zone}'],
  [KNOT, 'keymgr {zone} list human'],
);

/** The zone is not signed (any more). */
export const signZone = remedy(
  'Sign {zone}. A new key needs a new DS in {parent}, or a new trust anchor here: ask again, and the line for it is given.',
  [POWERDNS, 'pdnsutil secure-zone {zone} && pdnsutil rectify-zone {zone}'],
  [BIND, 'zone "{zone}" { ...; dnssec-policy default; inline-signing yes; };'],
  [KNOT, 'knotc conf-set "zone[{zone}].dnssec-signing" on'],
);

/** The zone is not signed any more, the parent still says that it is. */
export const withdrawDS = remedy(
  'Or, if {zone} is not to be signed, have the parent {parent} remove its DS (for a public zone: through your registrar).',
  [POWERDNS, 'pdnsutil delete-rrset {parent} {zone}. DS'],
  [BIND, 'nsupdate: update delete {zone}. DS'],
  [KNOT, 'knotc zone-begin {parent} && knotc zone-unset {parent} {zone}. DS && knotc zone-commit {parent}'],
);

/** The configuration still says that the zone is signed. */
export const removeAnchor = remedy(
  'Or, if {zone} is not to be signed, remove its trust anchor from the configuration.',
  ['recursor.lua', 'clearTA("{zone}")'],
  ['until the next restart', 'kedge ctl clear-ta {zone}'],
);

/** What the parent denies is made by its signer. */
export const rectifyParent = remedy(
  'Let the signer of the parent {parent} make its NSEC or NSEC3 records anew.',
  ...rectify.lines.map(({ where, line }) => [where, line.replaceAll('{zone}', '{parent}')] as const),
);

export const checkClockOfSigner = remedy('Check the clock of the machine that signs {zone}.', [
  'shell there',
  'timedatectl status',
]);

export const setClock = remedy('Set the clock of this machine, and keep it right by NTP.', [
  'shell',
  'timedatectl set-ntp true',
]);

/** Fetch the anchor afresh, after comparing. */
export const importAnchor = remedy(
  'Fetch the key that {zone} has now as its trust anchor, compare the digest with what the server itself shows, and remove the old one.',
  ['shell', 'kedge anchor import {zone} @{server}'],
  ['recursor.lua', 'addTA("{zone}", "{ds}")'],
  ['recursor.conf', 'lua-config-file=/etc/powerdns/recursor.lua'],
  ['recursor.yml', "dnssec: {trustanchors: [{name: {zone}, dsrecords: ['{ds}']}]}"],
);

/** Stop validating an internal zone. */
export const addNegativeAnchor = remedy(
  'If the zone is internal and not meant to be validated, switch validation off for {forward} with a negative trust anchor.',
  ['recursor.lua', 'addNTA("{forward}", "internal zone")'],
  ['recursor.conf', 'lua-config-file=/etc/powerdns/recursor.lua'],
  ['recursor.yml', 'dnssec: {negative_trustanchors: [{name: {forward}, reason: internal zone}]}'],
  ['until the next restart', 'kedge ctl add-nta {forward} internal zone'],
);

/** Somebody else's zone: wait, with a time limit. */
export const waitWithNegativeAnchor = remedy(
  'If {zone} is not yours and you have made sure that this is a mistake and no attack, you may do without validation until it is mended.',
  ['until the next restart', 'kedge ctl add-nta {zone} broken, told its owner'],
);

export const directForwarder = remedy(
  'Forward to the server that has the zone, or switch DNSSEC on in the program in between.',
  ['recursor.conf', 'forward-zones={forward}=ADDRESS:PORT'],
  ['recursor.yml', 'recursor: {forward_zones: [{zone: {forward}, forwarders: [ADDRESS:PORT]}]}'],
  ['dnsmasq', 'proxy-dnssec'],
  ['Unbound', 'server: module-config: "validator iterator"'],
);

export const checkForwarder = remedy(
  'Start the server, or correct its address and port. This shows whether it answers.',
  ['shell', 'kedge query {forward} SOA @{server}'],
  ['recursor.conf', 'forward-zones={forward}=ADDRESS:PORT'],
  ['recursor.yml', 'recursor: {forward_zones: [{zone: {forward}, forwarders: [ADDRESS:PORT]}]}'],
);

export const checkServers = remedy('Ask the servers themselves whether they have {zone}.', [
  'shell',
  'kedge query {zone} SOA @{server} +norec',
]);

/** For a set that the chain needs. */
export const checkLink = remedy(
  'Ask the servers for it themselves. The first command names them, the second has to be tried with the address of each.',
  ['shell', 'kedge query {zone} NS +cd'],
  ['shell', 'kedge query {name} {type} @{server} +norec +dnssec'],
);

export const checkNetwork = remedy(
  'Check that this machine reaches the Internet on port 53, over UDP and TCP: a router or firewall may be in the way.',
  ['shell', 'kedge query . NS @198.41.0.4 +norec'],
);

export const askAgain = remedy('Ask again later; if it stays so, see how the name is resolved.', [
  'shell',
  'kedge explain {name} {type}',
]);

export const upgradeAlgorithm = remedy(
  'Sign {zone} with algorithm 13 (ECDSAP256SHA256), which every validator knows, and have the parent publish the new DS.',
  [POWERDNS, 'pdnsutil add-zone-key {zone} ksk active ecdsa256 && pdnsutil rectify-zone {zone}'],
  [BIND, 'dnssec-policy default'],
  [KNOT, 'knotc conf-set "policy[default].algorithm" ecdsap256sha256'],
);

export const fewerIterations = remedy(
  'Use NSEC3 without additional iterations and salt (RFC 9276), or NSEC.',
  [POWERDNS, 'pdnsutil set-nsec3 {zone} "1 0 0 -" && pdnsutil rectify-zone {zone}'],
  [BIND, 'nsec3param iterations 0 optout no salt-length 0;'],
  [KNOT, 'knotc conf-set "policy[default].nsec3-iterations" 0'],
  [LDNS, 'ldns-signzone -n -t 0 -s - {zone}.zone KEY'],
);

export const withoutOptOut = remedy(
  'Sign {zone} without Opt-Out: it only serves zones with very many unsigned delegations.',
  [POWERDNS, 'pdnsutil set-nsec3 {zone} "1 0 0 -" && pdnsutil rectify-zone {zone}'],
  [BIND, 'nsec3param iterations 0 optout no salt-length 0;'],
  [KNOT, 'knotc conf-set "policy[default].nsec3-opt-out" off'],
);

export const publishDS = remedy(
  'Nothing is wrong. If {zone} is signed, have the parent publish its DS; for an internal zone take its key as a trust anchor.',
  ['shell', 'kedge anchor import {zone} @{server}'],
);

export const shortenAlias = remedy('Let the alias {name} point at a name that has the data itself.', [
  'zone file',
  '{name}. CNAME TARGET',
]);

export const mendDelegation = remedy(
  'Give {zone} name servers whose addresses can be found: with glue in {parent}, or in a zone that does not depend on {zone}. Glue is the address of a server in the zone above.',
  ['zone file of {parent}', '{zone}. NS ns1.{zone}.'],
  ['zone file of {parent}', 'ns1.{zone}. A ADDRESS'],
);

export const raiseLimit = remedy(
  'If the zone is yours, keep fewer keys and signatures in it. The limits protect against attacks; they can be raised.',
  ['recursor.yml', 'kedge: {limits: {dnssec_max_verify_per_query: 128}}'],
);

export const seeLog = remedy('This is a fault of the program: please report it, with the line of the log.', [
  'shell',
  'journalctl -u kedge',
]);

export const removeWildcardDname = remedy(
  'Take the DNAME at the wildcard out of {zone}, and sign the zone anew.',
  ['zone file', 'remove every DNAME whose name begins with *'],
  ...signAnew.lines.map(({ where, line }) => [where, line] as const),
);

export const shorterName = remedy(
  'Use a name with fewer labels, or fewer zones one below the other. This shows how far the chain reaches.',
  ['shell', 'kedge explain {name} {type}'],
);
