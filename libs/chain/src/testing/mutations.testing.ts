export interface Mutation {
  /** Which field, for messages. */
  readonly path: string;
  readonly value: unknown;
}

/**
 * Every JSON value that differs from `value` in one place: a field left out or added, an entry dropped, doubled or swapped with its
 * neighbour, a number one off, a character changed at the front, in the middle and at the end, null for anything.
 */
export function mutations(value: unknown, path = '$'): Mutation[] {
  const own = variants(value).map((changed, i) => ({ path: `${path} (${i})`, value: changed }));
  if (value === null || typeof value !== 'object') return own;
  const inner = Object.entries(value).flatMap(([key, member]) =>
    mutations(member, `${path}.${key}`).map((change) => ({
      path: change.path,
      value: Array.isArray(value) ? value.with(Number(key), change.value) : { ...value, [key]: change.value },
    })),
  );
  return [...own, ...inner];
}

function variants(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1, value - 1, String(value), null];
  if (typeof value === 'string') {
    const places = [...new Set([0, value.length >> 1, value.length - 1])].filter((at) => at >= 0);
    return [...places.map((at) => value.slice(0, at) + other(value[at] as string) + value.slice(at + 1)), value.slice(1), value.slice(0, -1), null];
  }
  if (Array.isArray(value)) {
    const swapped = value.slice(1).map((_, i) => value.with(i, value[i + 1] as unknown).with(i + 1, value[i] as unknown));
    return [...value.map((_, i) => value.toSpliced(i, 1)), ...value.map((entry: unknown, i) => value.toSpliced(i, 0, entry)), ...swapped, null];
  }
  if (value === null) return [{}, 0];
  if (typeof value !== 'object') return [null];
  const without = Object.keys(value).map((key) => Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)));
  return [...without, { ...value, unknown: 1 }, null];
}

/** Another character of the same alphabet, and one that differs from it in more than the spare bits of base64. */
function other(character: string): string {
  if (/[0-9a-f]/.test(character)) return character === '5' ? '6' : '5';
  return character === 'Q' ? 'R' : 'Q';
}
