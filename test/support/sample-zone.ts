// A zone with one of everything that look-ups and denial have to cope with.
import { Zone } from '../../src/lab/zone.ts';
import { nameOf } from '../../src/wire/name-text.ts';

export const SAMPLE_APEX = nameOf('example.test.');

export const SAMPLE_TEXT = `
$TTL 3600
@             IN SOA ns1 hostmaster 7 7200 3600 1209600 300
@             IN NS  ns1
@             IN NS  ns.elsewhere.test.
@             IN MX  10 mail
ns1           IN A   192.0.2.1
ns1           IN AAAA 2001:db8::1
mail          IN A   192.0.2.2
www           IN A   192.0.2.3
www           IN A   192.0.2.4
www           IN TXT "one" "two"
alias         IN CNAME www
far           IN CNAME www.other.test.
dangling      IN CNAME nowhere
first         IN CNAME second
second        IN CNAME first
deep.under.ent IN A  192.0.2.5
*.wild        IN A   192.0.2.6
*.wild        IN TXT "wild"
explicit.wild IN A   192.0.2.7
*.cnames      IN CNAME www
old           IN DNAME new
old           IN A   192.0.2.8
hidden.old    IN A   192.0.2.9
host.new      IN A   192.0.2.10
signed        IN NS  ns.signed
signed        IN DS  12345 13 2 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F
ns.signed     IN A   192.0.2.11
plain         IN NS  ns.plain
plain         IN NS  ns.signed
ns.plain      IN A   192.0.2.12
lone.between  IN NS  ns1
big           IN TXT ${Array.from({ length: 8 }, (_, index) => `"${String(index).repeat(250)}"`).join(' ')}
`;

export function sampleZone(): Zone {
  return Zone.fromText(SAMPLE_TEXT, SAMPLE_APEX);
}
