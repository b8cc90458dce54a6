// The look-up box of the chain page: a name, a type, and what would be if.
import { el } from '../dom.ts';
import { isWhatIf, type LookUp } from '../locations.ts';
import { field } from '../parts.ts';

const types = ['A', 'AAAA', 'CNAME', 'DNSKEY', 'DS', 'HTTPS', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'SVCB', 'TLSA', 'TXT'];

/** Calls `submit` with what was typed in. */
export function chainForm(given: LookUp, submit: (lookUp: LookUp) => void): HTMLElement {
  const plain = { autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' } as const;
  const name = el('input', { id: 'name', ...plain, required: true, placeholder: 'www.example.org', value: given.name });
  const type = el('input', { id: 'type', ...plain, list: 'types', value: given.type, size: 8 });
  const at = el('input', { id: 'at', ...plain, placeholder: '2026-12-31', value: given.at });
  const added = el('textarea', { id: 'with-anchor', ...plain, rows: 2 }, given.withAnchors.join('\n'));
  const removed = el('input', { id: 'without-anchor', ...plain, value: given.withoutAnchors.join(' ') });
  const disabled = el('input', { id: 'disabled', ...plain, value: given.disabledAlgorithms.join(' ') });
  const read = (): LookUp => ({
    name: name.value.trim(),
    type: type.value.trim() === '' ? 'A' : type.value.trim().toUpperCase(),
    at: at.value.trim(),
    withAnchors: pieces(added.value, /\n/),
    withoutAnchors: pieces(removed.value, /[\s,]+/),
    disabledAlgorithms: pieces(disabled.value, /[\s,]+/),
  });
  return el(
    'form',
    {
      class: 'card look-up',
      role: 'search',
      submit: (event) => {
        event.preventDefault();
        submit(read());
      },
    },
    el(
      'div',
      { class: 'tools' },
      field('Name', name),
      field('Type', type),
      el('datalist', { id: 'types' }, ...types.map((value) => el('option', { value }))),
      el('div', { class: 'buttons' }, el('button', { type: 'submit', class: 'primary' }, 'Look up')),
    ),
    el(
      'details',
      { class: 'fold', open: isWhatIf(given) },
      el('summary', {}, 'What if …'),
      el('p', { class: 'muted' }, 'Resolved aside with a fresh cache: the running resolver is not changed by it.'),
      el(
        'div',
        { class: 'form' },
        field('The date were', at, 'A date, or date and time: 2026-12-31T12:00:00Z'),
        field('These anchors were added', added, 'One per line: home.arpa 12345 13 2 DIGEST'),
        field('The anchors of these zones were missing', removed, 'Negative ones too'),
        field('These key algorithms did not count', disabled, 'By number: 8 13'),
      ),
    ),
  );
}

function pieces(text: string, separator: RegExp): string[] {
  return text
    .split(separator)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}
