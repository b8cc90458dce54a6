// JSON of clients: bounded in depth before it is read, so that no reader meets what it cannot hold.
import { MAX_JSON_DEPTH } from './limits.ts';

export type JsonBody = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

export function parseJsonBody(text: string): JsonBody {
  if (isTooDeep(text)) return { ok: false, error: `the body nests deeper than ${MAX_JSON_DEPTH}` };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, error: 'the body is no JSON' };
  }
}

/** Counts brackets outside strings; what is no JSON may be counted wrongly, and is refused afterwards. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (isString) {
      if (character === '\\') index++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === '{' || character === '[') {
      if (++depth > MAX_JSON_DEPTH) return true;
    } else if (character === '}' || character === ']') depth--;
  }
  return false;
}
