// What the public DNS says about a name, as far as that is known without asking: enough to tell the owner of a private
// zone beforehand how validation will end (POWERDNS 4.3).
import type { DomainName } from '../wire/name.ts';
import { nameTextWithoutDot } from '../wire/name-text.ts';

/**
 * `denied`: the signed public tree proves that the name does not exist. `insecure`: it delegates the name without a DS.
 * `public`: the name lies under a top-level domain that exists. `unknown`: its top-level domain is not one known here.
 */
export type PublicStanding = 'denied' | 'insecure' | 'public' | 'unknown';

/** Names whose public delegation has no DS: RFC 8375 and the reverse zones of private IPv4 networks (RFC 6303). */
const insecureNames = new Set([
  'home.arpa',
  '10.in-addr.arpa',
  '168.192.in-addr.arpa',
  '254.169.in-addr.arpa',
  ...Array.from({ length: 16 }, (_, index) => `${16 + index}.172.in-addr.arpa`),
]);

/** Reverse zones of private and link-local IPv6 networks, which ip6.arpa denies. */
const deniedReverseNames = [
  'c.f.ip6.arpa',
  'd.f.ip6.arpa',
  '8.e.f.ip6.arpa',
  '9.e.f.ip6.arpa',
  'a.e.f.ip6.arpa',
  'b.e.f.ip6.arpa',
];

/** Top-level domains that do not exist and shall not: special-use names (RFC 6761, 6762, 7686, 9476) and habits. */
const deniedTopLevel = new Set(
  (
    'alt example internal invalid local localhost onion test ' +
    'bit box corp domain home homelab homenet host i2p intern intra intranet lan localdomain localnet mail ' +
    'myhome mynet office priv private router server workgroup'
  ).split(' '),
);

/** Generic top-level domains in wide use. All of two letters are countries, or shall be. */
const publicTopLevel = new Set(
  (
    'aero agency app arpa art asia auction audio auto band bank bar bayern beer berlin best bet bid bike bio biz black ' +
    'blog blue boutique build builders business buzz cafe camera camp capital cars casa cash cat center charity chat ' +
    'cheap church city click clinic clothing cloud club coach codes coffee college com community company computer ' +
    'consulting cool coop country credit cricket cymru dance data date dating day deals degree delivery dental design ' +
    'dev digital direct directory discount doctor dog domains download earth eco edu education email energy engineering ' +
    'enterprises equipment estate eus events exchange expert express fail faith family fan fans farm fashion film ' +
    'finance financial fish fitness flights fm foo football forum foundation frl fun fund fyi gal gallery game games ' +
    'garden gay gift gives global gmbh gold golf google gov graphics green gripe group guide guitars guru hamburg health ' +
    'help hiphop hockey holdings holiday horse hospital hosting house how icu immo inc info ing ink institute insure int ' +
    'international investments irish jetzt jewelry jobs kim kitchen koeln land lat law lawyer lease legal lgbt life ' +
    'lighting limited limo link live llc loan lol london love ltd luxury maison management market marketing mba me media ' +
    'meet memorial men menu miami mil mobi moda moe mom money mortgage mov movie museum music name navy net network new ' +
    'news ngo ninja nrw nyc observer one ong onl online org organic page paris partners parts party pet photo ' +
    'photography photos physio pics pictures pink pizza place plus podcast poker porn post press pro productions ' +
    'promo properties property pub quebec racing radio realty recipes red rehab reisen rent rentals repair report ' +
    'republican rest restaurant review reviews rip rocks rodeo ruhr run saarland sale salon sarl school schule science ' +
    'scot services sex sexy shoes shop show singles site ski soccer social software solar solutions space sport storage ' +
    'store stream studio study style supplies supply support surf surgery swiss sydney systems tattoo tax taxi team tech ' +
    'technology tel tennis theater tienda tips tires today tokyo tools top tours town toys trade trading training travel ' +
    'tube university uno vacations vegas ventures versicherung vet video vin vip vision vlaanderen vodka vote voting ' +
    'voyage wales watch webcam website wedding wien wiki win wine work works world wtf xxx xyz yoga zip zone'
  ).split(' '),
);

/** What is known of a name below the root. */
export function publicStanding(name: DomainName): PublicStanding {
  const text = nameTextWithoutDot(name).toLowerCase();
  for (let rest = text; rest !== ''; rest = rest.includes('.') ? rest.slice(rest.indexOf('.') + 1) : '') {
    if (insecureNames.has(rest)) return 'insecure';
  }
  if (deniedReverseNames.some((denied) => text === denied || text.endsWith(`.${denied}`))) return 'denied';
  const topLevel = text.slice(text.lastIndexOf('.') + 1);
  if (deniedTopLevel.has(topLevel)) return 'denied';
  const isPublic = /^[a-z]{2}$/.test(topLevel) || topLevel.startsWith('xn--') || publicTopLevel.has(topLevel);
  return isPublic ? 'public' : 'unknown';
}
