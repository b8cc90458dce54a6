// Elements made by calls. Text becomes text nodes only: what comes from the network cannot become markup.

export type Child = Node | string | number | undefined | readonly Child[];
export type Attributes = Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => void)>>;

const SVG = 'http://www.w3.org/2000/svg';

/** An HTML element. A function is a listener for the event of its name; `true` an empty attribute, `false` none. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

/** The same for a drawing. */
export function svgEl<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(SVG, tag);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

/** Takes out what is there and puts the children in; what had the focus keeps it where it is still there. */
export function replace(parent: Element, ...children: readonly Child[]): void {
  const focused = document.activeElement;
  const key = focused !== null && parent.contains(focused) ? focusKey(focused) : undefined;
  parent.replaceChildren();
  append(parent, children);
  if (key === undefined) return;
  for (const candidate of parent.querySelectorAll('a,button,input,summary,[tabindex]')) {
    if (focusKey(candidate) !== key || !(candidate instanceof HTMLElement)) continue;
    candidate.focus({ preventScroll: true });
    return;
  }
}

/** Whatever tells an element from others after its list was drawn anew. */
function focusKey(element: Element): string | undefined {
  const key = element.getAttribute('data-key') ?? element.getAttribute('href') ?? element.id;
  return key === '' ? undefined : key;
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
}

function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined) continue;
    if (typeof child === 'string' || typeof child === 'number') parent.append(String(child));
    else if (child instanceof Node) parent.append(child);
    else append(parent, child);
  }
}

/** The element of the shell with this id. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

/** Tells it to those who hear the page. Only for what they asked for, never for figures that change by themselves. */
export function announce(text: string): void {
  byId('announce').textContent = text;
}
