// Changing anchors while kedge runs: forms and buttons that need the API key.
import type { AnchorSource } from '../../target.ts';
import { change } from '../api-key.ts';
import { el, replace } from '../dom.ts';
import { field, note, refusal } from '../parts.ts';

/** `by recursor.conf, line 12`. */
export function sourceText({ kind, file, line }: AnchorSource): string {
  const place = file === undefined ? '' : `: ${file}${line === undefined ? '' : `, line ${line}`}`;
  switch (kind) {
    case 'built-in':
      return 'built into kedge';
    case 'config':
      return `the configuration${place}`;
    case 'lua':
      return `a Lua file${place}`;
    case 'command':
      return 'a command while running; gone after a restart';
    case 'api':
      return 'these pages or the API; gone after a restart';
    default:
      return kind satisfies never;
  }
}

const forms = {
  anchor: {
    title: 'Add a trust anchor',
    path: '/api/kedge/anchors',
    zone: 'home.arpa',
    label: 'DS or DNSKEY record',
    key: 'record',
    hint: 'As the zone’s own server shows it: 20326 8 2 E06D44B8… It lasts until kedge ends; the configuration keeps it.',
  },
  'negative-anchor': {
    title: 'Add a negative trust anchor',
    path: '/api/kedge/negative-anchors',
    zone: 'broken.example',
    label: 'Reason',
    key: 'reason',
    hint: 'Everything in the zone is then believed without proof. It lasts until kedge ends.',
  },
} as const;

/** A form that folds out. `done` is called when something was changed. */
export function addForm(kind: keyof typeof forms, done: () => void): HTMLElement {
  const { title, path, zone, label, key, hint } = forms[kind];
  const zoneInput = el('input', {
    id: `${kind}-zone`,
    required: true,
    placeholder: zone,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const valueInput = el('input', {
    id: `${kind}-value`,
    required: kind === 'anchor',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const outcome = el('div', {});
  const submit = async (): Promise<void> => {
    const reply = await change('POST', path, { zone: zoneInput.value.trim(), [key]: valueInput.value.trim() });
    if (reply === undefined) return;
    if (!reply.ok) {
      replace(outcome, refusal(reply));
      return;
    }
    replace(outcome, note('ok', `Done: ${zoneInput.value.trim()}.`));
    form.reset();
    done();
  };
  const form = el(
    'form',
    {
      class: 'form',
      submit: (event) => {
        event.preventDefault();
        void submit();
      },
    },
    field('Zone', zoneInput),
    field(label, valueInput, hint),
    el('div', { class: 'buttons' }, el('button', { type: 'submit', class: 'primary' }, title)),
    outcome,
  );
  return el('details', { class: 'card fold' }, el('summary', {}, title), form);
}

/** Takes an anchor away, after a question. */
export function removeButton(
  list: 'anchors' | 'negative-anchors',
  zone: string,
  label: string,
  done: () => void,
): HTMLElement {
  const outcome = el('span', {});
  const remove = async (): Promise<void> => {
    if (!confirm(`${label}? It is gone until kedge is started again or its configuration is read anew.`)) return;
    const reply = await change('DELETE', `/api/kedge/${list}/${encodeURIComponent(zone)}`);
    if (reply === undefined) return;
    if (reply.ok) done();
    else replace(outcome, refusal(reply));
  };
  const button = el(
    'button',
    { type: 'button', class: 'quiet', 'aria-label': label, click: () => void remove() },
    'Remove',
  );
  return el('span', { class: 'push' }, button, outcome);
}

/** Asks the forwarders anew. */
export function checkButton(done: () => void): HTMLElement {
  const outcome = el('span', {});
  const button = el('button', { type: 'button' }, 'Ask the forwarders again');
  button.addEventListener('click', async () => {
    button.disabled = true;
    const reply = await change('POST', '/api/kedge/forwards/check');
    button.disabled = false;
    if (reply === undefined) return;
    replace(outcome, reply.ok ? undefined : refusal(reply));
    if (reply.ok) done();
  });
  return el('div', {}, button, outcome);
}
