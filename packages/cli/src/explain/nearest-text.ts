/** At most so many are worth reading. */
const MOST = 3;

/** Those of the texts that are spelt almost like the wanted one, or contain it; the nearest first. */
export function nearest(wanted: string, texts: readonly string[]): readonly string[] {
  const key = wanted.toLowerCase();
  const limit = Math.max(2, Math.floor(key.length / 5));
  return [...new Set(texts)]
    .map((text) => ({ text, distance: distance(key, text.toLowerCase(), limit) }))
    .filter((each) => each.distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.text < b.text ? -1 : 1))
    .slice(0, MOST)
    .map(({ text }) => text);
}

/** Letters to change, add or leave out; a part counts as one change. Infinity above the limit. */
function distance(one: string, other: string, limit: number): number {
  if (one.length > 2 && other.includes(one)) return 1;
  if (Math.abs(one.length - other.length) > limit) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
