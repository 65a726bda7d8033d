import { PERCENT_ENCODED, type VpcField } from "@tributary/flow";
import type { SchemaElement } from "hyparquet";
import { damaged } from "./parquet-damage.js";

/** What an absent value is in a line. AWS leaves numbers null in Parquet, and writes texts as in lines. */
export const ABSENT = "-";

/** Longer than any value of a flow log, of which resource names are the longest (2,048). */
const MAX_VALUE_BYTES = 65_536;

/** How the values of one column, as they are stored, become fields of a line. */
export interface CellText {
  /** Bytes of one value; undefined when each begins with its length. */
  readonly width: number | undefined;
  /** Text of the value in these bytes. */
  read(bytes: Buffer, from: number, to: number): string;
}

const WHITE_SPACE = /\s/;
const EACH_WHITE_SPACE = /\s/g;
const MS_PER_DAY = 86_400_000;
/** Julian day of 1 January 1970. */
const EPOCH_DAY = 2_440_588;

/** The conversion for a column, by its types; undefined for a type that no field of a flow log has. */
export function cellText(element: SchemaElement, field: VpcField | undefined): CellText | undefined {
  const { type, converted_type: converted, logical_type: logical, type_length: length } = element;
  if (converted === "DECIMAL" || logical?.type === "DECIMAL") return undefined;
  switch (type) {
    case "INT32":
      return int32Text(element, field);
    case "INT64":
      return int64Text(element, field);
    case "INT96": {
      const time = timeText(field);
      return { width: 12, read: (bytes, from) => time(int96Time(bytes, from)) };
    }
    case "FLOAT":
      return { width: 4, read: (bytes, from) => doubleText(bytes.readFloatLE(from)) };
    case "DOUBLE":
      return { width: 8, read: (bytes, from) => doubleText(bytes.readDoubleLE(from)) };
    case "BYTE_ARRAY":
      if (converted === "BSON" || isForeign(logical?.type)) return undefined;
      return { width: undefined, read: wordReader(field) };
    case "FIXED_LEN_BYTE_ARRAY":
      if (length === undefined || length <= 0 || converted === "INTERVAL" || isForeign(logical?.type)) return undefined;
      return { width: length, read: wordReader(field) };
    default:
      // Booleans are packed to bits; no field of a flow log is one.
      return undefined;
  }
}

function isForeign(logical: string | undefined): boolean {
  return logical !== undefined && logical !== "STRING" && logical !== "ENUM" && logical !== "JSON";
}

function int32Text(
  { converted_type: converted, logical_type: logical }: SchemaElement,
  field: VpcField | undefined,
): CellText {
  if (converted === "DATE" || logical?.type === "DATE") {
    const time = timeText(field);
    return { width: 4, read: (bytes, from) => time(bytes.readInt32LE(from) * MS_PER_DAY) };
  }
  const unsigned = converted === "UINT_32" || (logical?.type === "INTEGER" && !logical.isSigned);
  return {
    width: 4,
    read: (bytes, from) => String(unsigned ? bytes.readUInt32LE(from) : bytes.readInt32LE(from)),
  };
}

function int64Text(
  { converted_type: converted, logical_type: logical }: SchemaElement,
  field: VpcField | undefined,
): CellText {
  const unit =
    converted === "TIMESTAMP_MILLIS"
      ? "MILLIS"
      : converted === "TIMESTAMP_MICROS"
        ? "MICROS"
        : logical?.type === "TIMESTAMP"
          ? logical.unit
          : undefined;
  if (unit !== undefined) {
    const time = timeText(field);
    const perMs = unit === "MILLIS" ? 1n : unit === "MICROS" ? 1000n : 1_000_000n;
    return { width: 8, read: (bytes, from) => time(Number(bytes.readBigInt64LE(from) / perMs)) };
  }
  const unsigned = converted === "UINT_64" || (logical?.type === "INTEGER" && !logical.isSigned);
  return {
    width: 8,
    read(bytes, from) {
      const high = bytes.readInt32LE(from + 4);
      // Up to 2^53 without a BigInt, which would cost more than all else.
      if (high >= 0 && high < 0x20_0000) return String(high * 0x1_0000_0000 + bytes.readUInt32LE(from));
      return String(unsigned ? bytes.readBigUInt64LE(from) : bytes.readBigInt64LE(from));
    },
  };
}

/** Times are seconds in the fields of a line that are one, wherever somebody stored them as timestamps. */
function timeText(field: VpcField | undefined): (ms: number) => string {
  if (field === "start" || field === "end") return (ms) => String(Math.floor(ms / 1000));
  return (ms) => {
    const time = new Date(ms);
    return Number.isNaN(time.getTime()) ? ABSENT : time.toISOString();
  };
}

/** ms since the epoch of nanoseconds within a Julian day, as Hive and Impala store times. */
function int96Time(bytes: Buffer, from: number): number {
  const days = bytes.readInt32LE(from + 8) - EPOCH_DAY;
  return days * MS_PER_DAY + Number(bytes.readBigInt64LE(from) / 1_000_000n);
}

/** Libraries without whole numbers that may be absent hold them as these. */
function doubleText(value: number): string {
  return Number.isNaN(value) ? ABSENT : String(value);
}

function wordReader(field: VpcField | undefined): CellText["read"] {
  // Tag values are decoded after their line is split.
  const spaced = PERCENT_ENCODED.has(field ?? "")
    ? (text: string) => encodeURIComponent(text)
    : (text: string) => text.replace(EACH_WHITE_SPACE, (space) => encodeURIComponent(space));
  return (bytes, from, to) => {
    if (to - from > MAX_VALUE_BYTES) throw damaged(`a value of ${to - from} bytes, which no flow log has`);
    const text = bytes.toString("utf8", from, to);
    if (text === "") return ABSENT;
    return WHITE_SPACE.test(text) ? spaced(text) : text;
  };
}
