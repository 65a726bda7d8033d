import { TextByNumber } from "./text-by-number.js";

const SECONDS_PER_DAY = 86_400;

const SIXTY: readonly string[] = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, "0"));

const dates = new TextByNumber((day) => new Date(day * SECONDS_PER_DAY * 1000).toISOString().slice(0, 10));
const days = new TextByNumber((day) => dates.get(day).replaceAll("-", ""));
const seconds = new TextByNumber((second) => {
  const ofDay = second % SECONDS_PER_DAY;
  const minutes = Math.floor(ofDay / 60);
  return `${dates.get(Math.floor(second / SECONDS_PER_DAY))}T${SIXTY[Math.floor(minutes / 60)]}:${SIXTY[minutes % 60]}:${SIXTY[ofDay % 60]}Z`;
});

/** `2026-10-01T12:00:00Z` for whole seconds, `2026-10-01T12:00:00.123Z` otherwise; from ms since the epoch, 1970 to 9999. */
export function isoTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  const rest = ms - second * 1000;
  const text = seconds.get(second);
  return rest === 0 ? text : `${text.slice(0, -1)}.${String(rest).padStart(3, "0")}Z`;
}

/** UTC day of ms since the epoch as `yyyyMMdd`, the partition key of Security Lake. */
export function eventDay(ms: number): string {
  return days.get(Math.floor(ms / 1000 / SECONDS_PER_DAY));
}
