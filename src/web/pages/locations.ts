// Addresses of pages and of what they ask for. Pure.

/** What is looked up, as the address of the page says it. */
export interface LookUp {
  readonly name: string;
  readonly type: string;
  readonly at: string;
  readonly withAnchors: readonly string[];
  readonly withoutAnchors: readonly string[];
  readonly disabledAlgorithms: readonly string[];
}

export function parseLookUp(search: string): LookUp {
  const parameters = new URLSearchParams(search);
  const type = parameters.get('type') ?? '';
  return {
    name: (parameters.get('name') ?? '').trim(),
    type: type.trim() === '' ? 'A' : type.trim().toUpperCase(),
    at: parameters.get('at') ?? '',
    withAnchors: parameters.getAll('with-anchor'),
    withoutAnchors: parameters.getAll('without-anchor'),
    disabledAlgorithms: parameters.getAll('assume-alg-disabled'),
  };
}

/** The query of a look-up, without `?`; what is empty is left out. */
export function lookUpQuery(lookUp: LookUp): string {
  const parameters = new URLSearchParams({ name: lookUp.name, type: lookUp.type });
  if (lookUp.at !== '') parameters.set('at', lookUp.at);
  const lists = [
    ['with-anchor', lookUp.withAnchors],
    ['without-anchor', lookUp.withoutAnchors],
    ['assume-alg-disabled', lookUp.disabledAlgorithms],
  ] as const;
  for (const [key, values] of lists) for (const value of values) if (value !== '') parameters.append(key, value);
  return parameters.toString();
}

/** Whether it is asked aside, as if something were otherwise. */
export function isWhatIf({ at, withAnchors, withoutAnchors, disabledAlgorithms }: LookUp): boolean {
  return at !== '' || withAnchors.length > 0 || withoutAnchors.length > 0 || disabledAlgorithms.length > 0;
}

/** The page that shows the chain of a name. */
export function chainPath(name: string, type: string): string {
  return `/chain?${new URLSearchParams({ name, type })}`;
}
