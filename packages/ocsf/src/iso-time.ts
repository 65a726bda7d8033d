const REMEMBERED = 4096;
let recent = new Map<number, string>();

/** `2026-10-01T12:00:00Z` for whole seconds, `2026-10-01T12:00:00.123Z` otherwise; from ms since the epoch. */
export function isoTime(ms: number): string {
  const known = recent.get(ms);
  if (known !== undefined) return known;
  const text = new Date(ms).toISOString();
  const short = ms % 1000 === 0 ? `${text.slice(0, 19)}Z` : text;
  // Flows of one file share their seconds; forgetting all at once is cheaper than evicting and keeps memory bounded.
  if (recent.size >= REMEMBERED) recent = new Map();
  recent.set(ms, short);
  return short;
}

const SECONDS_PER_DAY = 86_400;
const REMEMBERED_DAYS = 4096;
let days = new Map<number, string>();

/** UTC day of ms since the epoch as `yyyyMMdd`, the partition key of Security Lake. */
export function eventDay(ms: number): string {
  const day = Math.floor(ms / 1000 / SECONDS_PER_DAY);
  const known = days.get(day);
  if (known !== undefined) return known;
  if (days.size >= REMEMBERED_DAYS) days = new Map();
  const text = new Date(day * SECONDS_PER_DAY * 1000).toISOString().slice(0, 10).replaceAll("-", "");
  days.set(day, text);
  return text;
}
