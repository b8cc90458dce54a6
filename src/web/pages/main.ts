// The shell: navigation without loading anew, so that the API key stays in memory, and the theme.
import { byId, el, replace } from './dom.ts';
import { themeIcon } from './icons.ts';
import type { View } from './view.ts';
import { anchorsView } from './views/anchors.ts';
import { chainView } from './views/chain.ts';
import { expiriesView } from './views/expiries.ts';
import { failuresView } from './views/failures.ts';
import { forwardersView } from './views/forwarders.ts';
import { historyView } from './views/history.ts';
import { overviewView } from './views/overview.ts';
import { queriesView } from './views/queries.ts';
import { rolloversView } from './views/rollovers.ts';

const views: readonly View[] = [
  overviewView,
  chainView,
  anchorsView,
  expiriesView,
  rolloversView,
  forwardersView,
  failuresView,
  historyView,
  queriesView,
];

let leaving = new AbortController();
/** Path and query of what is shown. */
let shown = '';

function show(isFirst: boolean): void {
  shown = location.pathname + location.search;
  leaving.abort();
  leaving = new AbortController();
  const view = views.find(({ path }) => path === location.pathname) ?? overviewView;
  document.title = `${view.title} – kedge`;
  for (const link of byId('nav').querySelectorAll('a')) {
    if (link.getAttribute('href') === view.path) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  closeMenu();
  const main = byId('main');
  replace(main);
  const note = (path: string): void => {
    history.replaceState(null, '', path);
    shown = location.pathname + location.search;
  };
  view.show(main, leaving.signal, { search: location.search, go, note });
  if (isFirst) return;
  scrollTo(0, 0);
  main.querySelector('h1')?.focus();
}

function go(path: string): void {
  history.pushState(null, '', path);
  show(false);
}

/** Links to pages are followed here; those to files and with a modifier key by the browser. */
function follow(event: MouseEvent): void {
  if (
    event.defaultPrevented ||
    event.button !== 0 ||
    event.ctrlKey ||
    event.metaKey ||
    event.shiftKey ||
    event.altKey
  ) {
    return;
  }
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || link.origin !== location.origin || link.hash !== '' || link.hasAttribute('download')) return;
  if (!views.some(({ path }) => path === link.pathname)) return;
  event.preventDefault();
  go(link.pathname + link.search);
}

function closeMenu(): void {
  byId('nav').classList.remove('is-open');
  byId('menu').setAttribute('aria-expanded', 'false');
}

function makeMenu(): void {
  const links = views.map(({ path, title }) => el('li', {}, el('a', { href: path }, title)));
  byId('nav').append(el('ul', {}, ...links));
  byId('menu').addEventListener('click', () => {
    const isOpen = byId('nav').classList.toggle('is-open');
    byId('menu').setAttribute('aria-expanded', String(isOpen));
  });
  document.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape' && byId('nav').classList.contains('is-open')) {
      closeMenu();
      byId('menu').focus();
    }
  });
}

const themes: readonly string[] = ['auto', 'light', 'dark'];

function makeThemeButton(): void {
  const button = byId('theme');
  const root = document.documentElement;
  const current = (): string => root.dataset['theme'] ?? 'auto';
  const label = (): void => {
    replace(button, themeIcon(), el('span', { class: 'wide-only' }, 'Theme: '), current());
    button.setAttribute('aria-label', `Theme: ${current()}. Change`);
  };
  button.addEventListener('click', () => {
    const index = themes.indexOf(current());
    const next = themes[(index + 1) % themes.length] ?? 'auto';
    if (next === 'auto') delete root.dataset['theme'];
    else root.dataset['theme'] = next;
    try {
      localStorage.setItem('kedge-theme', next);
    } catch {
      // Storage may be switched off; the choice lasts as long as the page.
    }
    label();
  });
  label();
}

makeMenu();
makeThemeButton();
document.addEventListener('click', follow);
addEventListener('popstate', () => {
  // A jump within the page, as by the skip link, is no other page.
  if (location.pathname + location.search !== shown) show(false);
});
show(true);
