// The API key: asked for when something is to be changed, and kept in the memory of this page alone.
import { type Reply, write } from './api.ts';
import { announce, el } from './dom.ts';
import { field } from './parts.ts';

let apiKey: string | undefined;

/** Changes something. Asks for the key first where it is not known, and again when it was wrong; undefined: called off. */
export async function change(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<Reply<unknown> | undefined> {
  let reason = '';
  for (;;) {
    apiKey ??= await askForKey(reason);
    if (apiKey === undefined) return undefined;
    const reply = await write(method, path, body, apiKey);
    if (reply.ok) announce('Done.');
    if (reply.ok || reply.status !== 401) return reply;
    apiKey = undefined;
    reason = reply.error;
  }
}

/** A dialog; undefined when it was closed without a key. */
function askForKey(reason: string): Promise<string | undefined> {
  const input = el('input', { id: 'api-key', type: 'password', autocomplete: 'off', required: true });
  const dialog = el(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'api-key-title' },
    el('h2', { id: 'api-key-title' }, 'API key'),
    el('p', {}, 'Changes need the key of the option webservice.api_key. It stays in this page until you leave it.'),
    reason === '' ? undefined : el('p', { class: 'refusal', role: 'alert' }, reason),
  );
  return new Promise((resolve) => {
    let given: string | undefined;
    const form = el(
      'form',
      {
        submit: (event) => {
          event.preventDefault();
          given = input.value.trim() === '' ? undefined : input.value.trim();
          dialog.close();
        },
      },
      field('Key', input),
      el(
        'div',
        { class: 'buttons' },
        el('button', { type: 'submit', class: 'primary' }, 'Go on'),
        el('button', { type: 'button', click: () => dialog.close() }, 'Cancel'),
      ),
    );
    dialog.append(form);
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(given);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
