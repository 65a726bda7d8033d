import {
  DuckDBArrayValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from "@duckdb/node-api";
import type { QueryValue } from "./query-engine.js";

/** A value of DuckDB as results give it. */
export function resultValue(value: DuckDBValue): QueryValue {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(resultValue);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, inner]) => [name, resultValue(inner)]));
  }
  if (value instanceof DuckDBMapValue) {
    return Object.fromEntries(value.entries.map(({ key, value: inner }) => [String(key), resultValue(inner)]));
  }
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBTimestampTZValue) return `${momentText(value.micros)} UTC`;
  if (value instanceof DuckDBTimestampValue) return momentText(value.micros);
  if (value instanceof DuckDBTimestampMillisecondsValue) return momentText(value.millis * 1000n);
  if (value instanceof DuckDBTimestampSecondsValue) return momentText(value.seconds * 1_000_000n);
  if (value instanceof DuckDBTimestampNanosecondsValue) return momentText(value.nanos / 1000n);
  return String(value);
}

/** Microseconds since 1970 as Athena writes a moment; beyond milliseconds only what is there. */
function momentText(micros: bigint): string {
  const millis = Number(micros >= 0n ? micros / 1000n : (micros - 999n) / 1000n);
  const rest = Number(micros - BigInt(millis) * 1000n);
  const date = new Date(millis);
  if (Number.isNaN(date.getTime())) return micros > 0n ? "infinity" : "-infinity";
  const text = date.toISOString().replace("T", " ").slice(0, -1);
  return rest === 0 ? text : `${text}${String(rest).padStart(3, "0")}`;
}
