import { ConfigurationError } from "@tributary/flow";
import { InvalidArgumentError } from "commander";
import { formatTime } from "../terminal/units.js";

/** ms since the epoch, end excluded. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** Where a window begins: some time before its end, or at a moment. */
export type WindowStart = { readonly before: number } | { readonly at: number };

const HOUR = 3_600_000;
const UNITS: Readonly<Record<string, number>> = { h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR };
const SPAN = /^(\d{1,5})(h|d|w)$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2}))?$/;

/** `7d`, `12h`, `4w`, or an ISO 8601 day or time. */
export function windowStart(text: string): WindowStart {
  const [, count, unit = ""] = SPAN.exec(text) ?? [];
  if (count !== undefined && Number(count) > 0) return { before: Number(count) * (UNITS[unit] ?? 0) };
  const at = MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError("Give a span such as 7d or 12h, or a time such as 2026-10-14T12:00:00Z.");
  }
  return { at };
}

/**
 * The window up to the end of the newest day (`yyyy-MM-dd`), from which relative spans count. Throws ConfigurationError `no-such-time`
 * for a start that is not before that end.
 */
export function timeWindow(start: WindowStart, newestDay: string): TimeWindow {
  const to = Date.parse(`${newestDay}T00:00:00Z`) + 24 * HOUR;
  const from = "at" in start ? start.at : to - start.before;
  if (from >= to) {
    throw new ConfigurationError(
      "no-such-time",
      `--from ${formatTime(from)}: the lake ends before that, its newest day is ${newestDay}. Give an earlier time.`,
    );
  }
  return { from, to };
}
