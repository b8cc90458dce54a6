// Walking through a chain with the keyboard: list and drawing are one tab stop each, arrow keys move within them, and
// what is current in one is marked in the other.

import { nextId } from './step-keys.ts';

export interface Walk {
  /** Goes to an entry of the list; without one to the first. */
  focus(id: string | undefined): void;
}

/** Joins the entries of the list with the boxes of the drawing; both by the same ids, in the same order. */
export function walkThrough(
  steps: ReadonlyMap<string, HTMLElement>,
  boxes: ReadonlyMap<string, SVGGElement>,
  drawing: Element,
): Walk {
  const ids = [...steps.keys()];
  let current = ids[0];

  const mark = (id: string): void => {
    current = id;
    for (const elements of [steps, boxes]) {
      for (const [key, element] of elements) {
        element.classList.toggle('is-current', key === id);
        element.setAttribute('tabindex', key === id ? '0' : '-1');
      }
    }
  };

  const join = (from: ReadonlyMap<string, HTMLElement | SVGGElement>, isList: boolean): void => {
    for (const [id, element] of from) {
      element.addEventListener('focus', () => {
        mark(id);
        if (isList) scrollInside(drawing, boxes.get(id));
      });
      element.addEventListener('keydown', (event) => {
        if (!(event instanceof KeyboardEvent) || event.target !== element) return;
        const next = nextId(ids, id, event.key);
        if (next !== undefined) {
          event.preventDefault();
          from.get(next)?.focus();
        } else if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          (isList ? boxes : steps).get(id)?.focus();
        }
      });
    }
  };

  join(steps, true);
  join(boxes, false);
  for (const [id, box] of boxes) box.addEventListener('click', () => steps.get(id)?.focus());
  const [first] = ids;
  for (const elements of [steps, boxes]) if (first !== undefined) elements.get(first)?.setAttribute('tabindex', '0');
  return {
    focus: (id = current) => {
      if (id !== undefined) steps.get(id)?.focus();
    },
  };
}

/** Scrolls the box of the drawing and not the page, which would carry the list away. */
export function scrollInside(container: Element, target: Element | undefined, isAtOnce = false): void {
  if (target === undefined) return;
  const outer = container.getBoundingClientRect();
  const inner = target.getBoundingClientRect();
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const top = inner.top < outer.top ? inner.top - outer.top - 8 : Math.max(0, inner.bottom - outer.bottom + 8);
  const left = inner.left < outer.left ? inner.left - outer.left - 8 : Math.max(0, inner.right - outer.right + 8);
  container.scrollBy({ top, left, behavior: calm || isAtOnce ? 'instant' : 'smooth' });
}
