const KILO = 1_000;
const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `1.2 MB`; decimal units, 1 MB = 10^6 bytes. Three significant digits at most. */
export function formatBytes(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  // 999.5 would print as 1000 of this unit.
  while (Math.abs(value) >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= KILO;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : short(value)} ${BYTE_UNITS[unit] ?? "B"}`;
}

/** `1,234,567`; whatever the locale. */
export function formatCount(count: number | bigint): string {
  return groupThousands(typeof count === "bigint" ? count.toString() : Math.round(count).toString());
}

/** `1 file`, `2,000 files`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Commas into the whole part of a decimal number's text; text that is no plain decimal number is returned as it is. */
export function groupThousands(number: string): string {
  const [, sign = "", whole = "", rest = ""] = /^(-?)(\d+)(\.\d+)?$/.exec(number) ?? [];
  return whole === "" ? number : `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${rest}`;
}

/** `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`, `3 d 04 h`: two units at most. */
export function formatDuration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / SECOND).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND) * SECOND;
  if (seconds < HOUR) return twoUnits(seconds, MINUTE, "min", SECOND, "s");
  const minutes = Math.round(ms / MINUTE) * MINUTE;
  if (minutes < DAY) return twoUnits(minutes, HOUR, "h", MINUTE, "min");
  return twoUnits(Math.round(ms / HOUR) * HOUR, DAY, "d", HOUR, "h");
}

/** `61,200/s`; `-` while no time has passed. */
export function formatRate(count: number, milliseconds: number): string {
  if (milliseconds <= 0) return "-";
  const perSecond = (count * SECOND) / milliseconds;
  return `${perSecond < 10 ? short(perSecond) : formatCount(perSecond)}/s`;
}

/** `2026-10-14T08:00:00Z`: UTC, with milliseconds only where there are any. Throws RangeError for an invalid date. */
export function formatTime(time: Date | number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}

function twoUnits(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName} ${String(rest).padStart(2, "0")} ${smallName}`;
}

/** One decimal below 100, none above. */
function short(value: number): string {
  return Math.abs(value) < 99.95 ? value.toFixed(1) : Math.round(value).toString();
}
