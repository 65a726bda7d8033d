import { Parked, type ParkReason } from "../outcome.js";

/** Text without an end of its own is kept up to here: what is cut off, oversized, or no record at all. */
export const MAX_RAW_BYTES = 64 * 1024;

/** One element of a blob's `records` array, or text there that is none. Offsets are absolute bytes; `end` is exclusive. */
export type SplitRecord =
  | {
      readonly kind: "record";
      readonly offset: number;
      readonly end: number;
      readonly text: string;
      /** The text, parsed: splitting has to know whether it is JSON anyway. */
      readonly value: unknown;
    }
  | { readonly kind: "parked"; readonly offset: number; readonly end: number; readonly parked: Parked };

/** The record that these bytes are, or parked (`invalid-json`) with the whole of its text. */
export function parseRecord(bytes: Uint8Array, offset: number): SplitRecord {
  const end = offset + bytes.length;
  const text = decode(bytes);
  try {
    return { kind: "record", offset, end, text, value: JSON.parse(text) as unknown };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      kind: "parked",
      offset,
      end,
      parked: new Parked("invalid-json", `bytes ${offset} to ${end}: ${why}`, text),
    };
  }
}

/** Parks bytes that are no record, with the first 64 KiB of them. */
export function parkBytes(
  reason: ParkReason,
  why: string,
  bytes: Uint8Array,
  offset: number,
  end: number,
): SplitRecord {
  const raw = decode(bytes.subarray(0, MAX_RAW_BYTES));
  return { kind: "parked", offset, end, parked: new Parked(reason, `bytes ${offset} to ${end}: ${why}`, raw) };
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
