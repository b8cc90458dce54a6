// Which key goes where in a list of steps. Pure.

/** Where a key leads to from an entry; undefined for other keys. */
export function nextId(ids: readonly string[], id: string, key: string): string | undefined {
  const index = ids.indexOf(id);
  switch (key) {
    case 'ArrowDown':
    case 'ArrowRight':
      return ids[Math.min(index + 1, ids.length - 1)];
    case 'ArrowUp':
    case 'ArrowLeft':
      return ids[Math.max(index - 1, 0)];
    case 'Home':
      return ids[0];
    case 'End':
      return ids.at(-1);
    default:
      return undefined;
  }
}
