// Whether kedge answers, told in the header and, when it does not, in a banner above the page.
import { announce, byId, el, replace } from './dom.ts';
import { icon } from './icons.ts';

let isUp: boolean | undefined;

export function connectionUp(): void {
  if (isUp === true) return;
  if (isUp === false) announce('kedge answers again.');
  isUp = true;
  replace(byId('connection'), icon('ok'), el('span', {}, 'connected'));
  replace(byId('banner'));
}

/** `retry` tries at once instead of in `waitMs`. */
export function connectionLost(waitMs: number, retry: () => void): void {
  const text = `Next try in ${Math.round(waitMs / 1000)} seconds. What you see below may be old.`;
  const wait = document.querySelector('#banner .wait');
  if (isUp === false && wait !== null) {
    wait.textContent = text;
    return;
  }
  isUp = false;
  announce('kedge does not answer.');
  replace(byId('connection'), icon('bad'), el('span', {}, 'no connection'));
  replace(
    byId('banner'),
    el(
      'div',
      { class: 'banner' },
      icon('bad'),
      el('p', {}, el('strong', {}, 'kedge does not answer. '), el('span', { class: 'wait' }, text)),
      el('button', { type: 'button', click: retry }, 'Try now'),
    ),
  );
}
