// A look-up, and the chain of trust behind its answer.
import { type Explanation, isExplanation } from '../../../explain/explanation.ts';
import { type Reply, read } from '../api.ts';
import { announce, el, replace } from '../dom.ts';
import { type LookUp, lookUpQuery, parseLookUp } from '../locations.ts';
import { chainLink, loading, pageHead, refusal } from '../parts.ts';
import type { View } from '../view.ts';
import { chainForm } from './chain-form.ts';
import { chainResult } from './chain-result.ts';

/** Where drawing and list stand side by side; style.css has the same figure. */
const WIDE = '(min-width: 1000px)';

export const chainView: View = {
  path: '/chain',
  title: 'Chain',
  show: (main, signal, { search, go }) => {
    const lookUp = parseLookUp(search);
    const result = el('div', {});
    const submit = (wanted: LookUp): void => go(`/chain?${lookUpQuery(wanted)}`);
    main.append(
      pageHead('Chain of trust', 'Look up a name, and see why its answer is believed or refused.'),
      chainForm(lookUp, submit),
      result,
    );
    if (lookUp.name === '') {
      replace(result, examples());
      return;
    }
    document.title = `${lookUp.name} ${lookUp.type} – kedge`;
    replace(result, loading());
    void load(lookUp, signal).then((reply) => {
      if (signal.aborted) return;
      const width = matchMedia(WIDE).matches ? (result.clientWidth * 3) / 5 : result.clientWidth;
      if (!reply.ok) {
        const again = el('button', { type: 'button', click: () => submit(lookUp) }, 'Try again');
        replace(result, refusal(reply), reply.status === 400 ? undefined : el('p', { class: 'buttons again' }, again));
        return;
      }
      const { root, settle } = chainResult(reply.value, lookUp, width);
      replace(result, root);
      settle();
      announce(`${lookUp.name} ${lookUp.type} is ${reply.value.status}.`);
    });
  },
};

async function load(lookUp: LookUp, signal: AbortSignal): Promise<Reply<Explanation>> {
  return await read(`/api/kedge/explain?${lookUpQuery(lookUp)}`, isExplanation, signal);
}

function examples(): HTMLElement {
  return el(
    'div',
    { class: 'empty' },
    el(
      'p',
      {},
      'Type a name above. kedge resolves it as it does for its clients, and draws every link from the trust anchor down to the answer. What breaks is crossed out, with the cause and what to do.',
    ),
    el(
      'p',
      {},
      'To begin with: ',
      chainLink('.', 'DNSKEY', 'the keys of the root'),
      '. Names that failed of late stand under ',
      el('a', { href: '/failures' }, 'Failures'),
      '.',
    ),
  );
}
