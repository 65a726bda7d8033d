import type { Column } from "./column.js";
import type { RowBatches } from "./rows.js";

/** A moment as engines write it: Athena's text, DuckDB's likewise; UTC both with and without saying so. */
const MOMENT = /^(\d{4,}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d+?)0*)?(?: UTC)?$/;
const TIME_TYPE = /timestamp/i;

/** Rows whose moments are written as `2026-10-14T08:00:00.25Z`, in columns of a time's type and in structures that hold such. */
export async function* isoTimes(
  columns: readonly Column[],
  rows: RowBatches,
): AsyncGenerator<readonly (readonly unknown[])[]> {
  const timed = columns.map(({ type }) => TIME_TYPE.test(type));
  if (!timed.includes(true)) {
    yield* rows;
    return;
  }
  for await (const batch of rows) yield batch.map((row) => row.map((value, i) => (timed[i] ? isoTime(value) : value)));
}

function isoTime(value: unknown): unknown {
  if (typeof value === "string") {
    const [, day, time, fraction = "0"] = MOMENT.exec(value) ?? [];
    return day === undefined ? value : `${day}T${time}${fraction === "0" ? "" : `.${fraction}`}Z`;
  }
  if (Array.isArray(value)) return value.map(isoTime);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, isoTime(inner)]));
}
