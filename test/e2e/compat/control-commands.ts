/** Control commands given to rec_control and to `kedge ctl`, in this order, with the same files loaded. */

export interface ControlQuestion {
  command: readonly string[];
  /** Where the text differs: the words of the row in docs/compatibility.md. */
  differs?: string;
  /** It ends with 1, as in PowerDNS Recursor 5.x; 4.8 ends with 0 for most failures. */
  fails?: true;
}

const DS = ['5', '13', '2', 'AABBccddAABBccddAABBccddAABBccddAABBccddAABBccddAABBccddAABBccdd'];

const row = (text: string, differs?: string): ControlQuestion => ({
  command: text.split(' '),
  ...(differs === undefined ? {} : { differs }),
});
const failing = (text: string, differs?: string): ControlQuestion => ({ ...row(text, differs), fails: true });

export const CONTROL_QUESTIONS: readonly ControlQuestion[] = [
  row('get-tas'),
  row('GET-TAS'),
  row('get-ntas'),
  { command: ['add-ta', 'added.lab', ...DS] },
  { command: ['add-ta', 'added.lab.', '6', ...DS.slice(1)] },
  row('get-tas'),
  failing('add-ta'),
  failing('add-ta added.lab', 'Wrong arguments'),
  failing('add-ta added.lab nonsense', 'Wrong arguments'),
  row('clear-ta added.lab'),
  row('clear-ta nosuch.lab'),
  row('clear-ta rollover.lab wronganchor.lab'),
  failing('clear-ta .'),
  failing('clear-ta'),
  row('get-tas'),
  row('add-nta other.lab several words of reason'),
  row('add-nta other.lab'),
  row('add-nta UPPER.lab reason'),
  failing('add-nta a..b reason', 'Wrong arguments'),
  row('get-ntas'),
  row('clear-nta other.lab lan'),
  failing('clear-nta'),
  failing('clear-nta * lan'),
  row('get-ntas'),
  row('clear-nta *'),
  row('get-ntas'),
  failing('nosuch-command'),
  row('set-dnssec-log-bogus on'),
  row('set-dnssec-log-bogus on'),
  row('set-dnssec-log-bogus off'),
  row('set-dnssec-log-bogus off'),
  failing('set-dnssec-log-bogus maybe'),
  row('set-minimum-ttl 1'),
  row('get nosuch'),
  row('get-parameter dnssec', 'Settings without quotation marks'),
  failing('get-parameter nosuch'),
  row('wipe-cache nosuch.example$'),
  row('wipe-cache nosuch.example'),
  failing('wipe-cache-typed NOSUCH lan'),
  row('reload-acls'),
  row('reload-zones'),
  row('reload-lua-config', 'What a reload says'),
  row('get-tas'),
  row('get-ntas'),
  failing('reload-lua-config /nonexistent.lua', 'What a reload says'),
  row('quit-nicely'),
];
