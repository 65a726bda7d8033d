/**
 * Keys that only a flow-log record has at its top level, so that `{"time":` begins a record and `{"rule":` does not, whatever the
 * order of keys.
 */
const RECORD_KEYS = [
  "time",
  "systemId",
  "macAddress",
  "category",
  "resourceId",
  "operationName",
  "properties",
  "flowLogVersion",
  "flowLogGUID",
  "flowLogResourceID",
  "targetResourceID",
  "flowRecords",
];

const RECORD_START = new RegExp(`(?<=[,\\s\\]}])\\{\\s*"(?:${RECORD_KEYS.join("|")})"\\s*:`, "g");

/**
 * Where further records begin within bytes that were taken for one record and are not: a record that lost its end swallows the
 * ones after it, since its braces never balance. Indexes into `bytes`, ascending, without 0.
 */
export function swallowedRecords(bytes: Uint8Array): readonly number[] {
  // Latin-1 has one character per byte, so that string indexes are byte indexes.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return Array.from(text.matchAll(RECORD_START), (found) => found.index);
}
