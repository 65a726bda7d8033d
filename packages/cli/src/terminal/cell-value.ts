import type {
  DuckDBArrayValue,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  DuckDBVariantValue,
} from "@duckdb/node-api";

/** A number whose text says more than a JavaScript number could hold: 64-bit integers, decimals. */
export class ExactNumber {
  constructor(readonly text: string) {}
}

/** What a query's value comes down to. Lists, structs and maps hold the same, so that each output renders them its own way. */
export type Cell = null | boolean | number | string | ExactNumber | readonly Cell[] | CellObject;

export interface CellObject {
  readonly [key: string]: Cell;
}

/**
 * A value of a result row, from DuckDB (its value objects included) or plain JavaScript, as a cell. Times become UTC text that ends
 * in `Z`, DuckDB's timestamps without zone included: the lake holds UTC only.
 */
export function toCell(value: unknown): Cell {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "number":
      return value;
    case "bigint":
      return new ExactNumber(value.toString());
    case "object":
      return value === null ? null : fromObject(value);
    default:
      return null;
  }
}

export function isCellNumber(cell: Cell): cell is number | ExactNumber {
  return typeof cell === "number" || cell instanceof ExactNumber;
}

/** Compact JSON. Exact numbers keep all their digits; what JSON has no number for (NaN, Infinity) becomes text. */
export function cellJson(cell: Cell): string {
  if (cell === null) return "null";
  if (cell instanceof ExactNumber) return cell.text;
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : `"${cell}"`;
  if (typeof cell === "string") return jsonText(cell);
  if (typeof cell === "boolean") return String(cell);
  if (isList(cell)) return `[${cell.map(cellJson).join(",")}]`;
  const entries = Object.entries(cell).map(([key, each]) => `${jsonText(key)}:${cellJson(each)}`);
  return `{${entries.join(",")}}`;
}

/** Text for one cell of a table or a CSV field: null is empty, lists and objects are compact JSON. */
export function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "string") return cell;
  if (typeof cell === "number") return String(cell);
  return cellJson(cell);
}

/** JSON leaves DEL and the C1 controls as they are, and some terminals obey them. */
export function jsonText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const isList = (cell: readonly Cell[] | CellObject): cell is readonly Cell[] => Array.isArray(cell);

/** By class name, so that output of plain values does not load DuckDB's native module. */
function fromObject(value: object): Cell {
  if (value instanceof Date)
    return Number.isNaN(value.getTime()) ? null : isoTime(BigInt(value.getTime()) * 1_000_000n);
  if (value instanceof ExactNumber) return value;
  if (Array.isArray(value)) return value.map(toCell);
  switch (value.constructor?.name) {
    case "DuckDBTimestampValue":
    case "DuckDBTimestampTZValue":
      return timestamp(value as DuckDBTimestampValue, (value as DuckDBTimestampValue).micros * 1_000n);
    case "DuckDBTimestampMillisecondsValue":
      return timestamp(
        value as DuckDBTimestampMillisecondsValue,
        (value as DuckDBTimestampMillisecondsValue).millis * 1_000_000n,
      );
    case "DuckDBTimestampSecondsValue":
      return timestamp(
        value as DuckDBTimestampSecondsValue,
        (value as DuckDBTimestampSecondsValue).seconds * 1_000_000_000n,
      );
    case "DuckDBTimestampNanosecondsValue":
      return timestamp(value as DuckDBTimestampNanosecondsValue, (value as DuckDBTimestampNanosecondsValue).nanos);
    case "DuckDBDateValue":
      return (value as DuckDBDateValue).isFinite ? String(value) : infinity((value as DuckDBDateValue).days > 0);
    case "DuckDBDecimalValue":
      return new ExactNumber(String(value));
    case "DuckDBListValue":
    case "DuckDBArrayValue":
      return (value as DuckDBListValue | DuckDBArrayValue).items.map(toCell);
    case "DuckDBStructValue":
      return cellObject(Object.entries((value as DuckDBStructValue).entries));
    case "DuckDBMapValue":
      return cellObject((value as DuckDBMapValue).entries.map((each) => [cellText(toCell(each.key)), each.value]));
    case "DuckDBUnionValue":
    case "DuckDBVariantValue":
      return toCell((value as DuckDBUnionValue | DuckDBVariantValue).value);
    case "Object":
    case undefined:
      return cellObject(Object.entries(value));
    default:
      // Times of day, intervals, UUIDs, bit strings, blobs: DuckDB's own text, as its shell prints it.
      return String(value);
  }
}

/** Without a prototype, so that a key named `__proto__` is a key like any other. */
function cellObject(entries: readonly (readonly [string, unknown])[]): CellObject {
  const made: Record<string, Cell> = Object.create(null);
  for (const [key, value] of entries) made[key] = toCell(value);
  return made;
}

const NANOS = 1_000_000_000n;

function timestamp(value: { readonly isFinite: boolean; toString(): string }, nanos: bigint): string {
  return value.isFinite ? isoTime(nanos) : infinity(nanos > 0n);
}

const infinity = (positive: boolean): string => (positive ? "infinity" : "-infinity");

/** `2026-10-14T08:00:00.25Z`: as many digits of the second as are not 0, to the nanosecond. Date reaches the years ±271,821. */
function isoTime(nanos: bigint): string {
  const fraction = ((nanos % NANOS) + NANOS) % NANOS;
  const seconds = Number((nanos - fraction) / NANOS);
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds} s`;
  const digits = fraction === 0n ? "" : `.${fraction.toString().padStart(9, "0").replace(/0+$/, "")}`;
  return date.toISOString().replace(".000Z", `${digits}Z`);
}
