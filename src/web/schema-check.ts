// Checks requests by the schemas of their routes. A package would compile each schema into a program, and clients of the
// resolver would wait for a tenth of a second meanwhile; these schemas are few, small and read once in a while.
import type { FastifySchemaCompiler } from 'fastify';

type Schema = Readonly<Record<string, unknown>>;
/** The value, converted and with its defaults, or what is wrong with it. */
type Checked = { readonly value: unknown } | { readonly wrong: string };

const keywords = new Set([
  ...['type', 'properties', 'required', 'additionalProperties', 'items', 'maxItems', 'enum', 'default'],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'description'],
]);

/** For fastify. Throws when the schema has a keyword that is not checked here. */
export const compileCheck: FastifySchemaCompiler<unknown> = ({ schema, httpPart }) => {
  if (!isObject(schema)) throw new Error('a schema is an object');
  mustBeKnown(schema);
  const place = httpPart === 'body' ? httpPart : '';
  return (data: unknown) => {
    const checked = checkValue(data, schema, place);
    return 'wrong' in checked ? { error: new Error(checked.wrong) } : { value: checked.value };
  };
};

function mustBeKnown(schema: Schema): void {
  for (const keyword of Object.keys(schema)) {
    if (!keywords.has(keyword)) throw new Error(`the schema of a route has ${keyword}, which nothing checks`);
  }
  const { properties, items } = schema;
  if (isObject(properties)) for (const inner of Object.values(properties)) if (isObject(inner)) mustBeKnown(inner);
  if (isObject(items)) mustBeKnown(items);
}

function checkValue(given: unknown, schema: Schema, place: string): Checked {
  const { type } = schema;
  if (type === undefined) return { value: given };
  if (Array.isArray(type)) return checkEither(given, type, schema, place);
  if (type === 'null') return given === null ? { value: null } : { wrong: `${place}: must be null` };
  if (type === 'object') return checkObject(given, schema, place);
  if (type === 'array') return checkArray(given, schema, place);
  // Parameters that are given twice are a list, and a list of one is as good as its element.
  const value = converted(Array.isArray(given) && given.length === 1 ? given[0] : given, type);
  if (value === undefined) return { wrong: `${place}: must be ${expected(type)}` };
  const wrong = typeof value === 'string' ? wrongText(value, schema) : wrongNumber(value, schema);
  if (wrong !== undefined) return { wrong: `${place}: ${wrong}` };
  const { enum: allowed } = schema;
  if (Array.isArray(allowed) && !allowed.includes(value)) {
    return { wrong: `${place}: must be one of ${allowed.join(', ')}` };
  }
  return { value };
}

function checkEither(given: unknown, types: readonly unknown[], schema: Schema, place: string): Checked {
  let outcome: Checked = { wrong: `${place}: is of no type` };
  for (const type of types) {
    outcome = checkValue(given, { ...schema, type }, place);
    if ('value' in outcome) break;
  }
  return outcome;
}

function checkObject(given: unknown, schema: Schema, place: string): Checked {
  if (!isObject(given)) return { wrong: `${place === '' ? 'the parameters' : place}: must be an object` };
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const within = (key: string): string => (place === '' || place === 'body' ? key : `${place}.${key}`);
  const { required, additionalProperties } = schema;
  const values: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(given)) {
    if (Object.hasOwn(properties, key)) continue;
    if (additionalProperties === false) return { wrong: `${within(key)}: there is no such parameter` };
    values[key] = value;
  }
  for (const [key, inner] of Object.entries(properties)) {
    if (!isObject(inner)) continue;
    const value = Object.hasOwn(given, key) ? given[key] : inner['default'];
    if (value === undefined) {
      if (Array.isArray(required) && required.includes(key)) return { wrong: `${within(key)}: is missing` };
      continue;
    }
    const checked = checkValue(value, inner, within(key));
    if ('wrong' in checked) return checked;
    values[key] = checked.value;
  }
  return { value: values };
}

function checkArray(given: unknown, schema: Schema, place: string): Checked {
  const elements: readonly unknown[] = Array.isArray(given) ? given : [given];
  const { maxItems, items } = schema;
  if (typeof maxItems === 'number' && elements.length > maxItems) {
    return { wrong: maxItems === 0 ? `${place}: must be empty` : `${place}: may have ${maxItems} elements at most` };
  }
  if (!isObject(items)) return { value: elements };
  const values: unknown[] = [];
  for (const element of elements) {
    const checked = checkValue(element, items, place);
    if ('wrong' in checked) return checked;
    values.push(checked.value);
  }
  return { value: values };
}

/** What is in an address or a form is text; undefined when it is not of the type. */
function converted(value: unknown, type: unknown): string | number | boolean | undefined {
  if (type === 'string') {
    if (typeof value === 'string') return value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  }
  if (type === 'boolean') {
    if (typeof value === 'boolean') return value;
    return value === 'true' ? true : value === 'false' ? false : undefined;
  }
  const number = typeof value === 'string' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number') return undefined;
  return type === 'number' || (type === 'integer' && Number.isSafeInteger(number)) ? number : undefined;
}

function expected(type: unknown): string {
  if (type === 'string') return 'a text';
  if (type === 'boolean') return 'true or false';
  return type === 'integer' ? 'a whole number' : 'a number';
}

function wrongText(value: string, { minLength, maxLength }: Schema): string | undefined {
  if (typeof minLength === 'number' && value.length < minLength) return `must have ${minLength} characters at least`;
  if (typeof maxLength === 'number' && value.length > maxLength) return `may have ${maxLength} characters at most`;
  return undefined;
}

function wrongNumber(value: unknown, { minimum, maximum }: Schema): string | undefined {
  if (typeof value !== 'number') return undefined;
  if (typeof minimum === 'number' && value < minimum) return `must be ${minimum} at least`;
  if (typeof maximum === 'number' && value > maximum) return `must be ${maximum} at most`;
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
