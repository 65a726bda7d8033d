import type { TransformationResponse } from "@tributary/transform";

const ENVELOPE_BYTES = JSON.stringify({ records: [] }).length;
const RECORD_BYTES = JSON.stringify({ recordId: "", result: "", data: "" }).length;
const METADATA_BYTES = ',"metadata":{"partitionKeys":{}}'.length;
const PLAIN_ASCII = /^[ !#-[\]-~]*$/;

/**
 * Bytes of the response as JSON, added up instead of serialised: ids, results and base64 text are ASCII without escapes, so that only
 * partition keys need a look.
 */
export function responseBytes(response: TransformationResponse): number {
  const { records } = response;
  let bytes = ENVELOPE_BYTES + Math.max(0, records.length - 1);
  let lastKeys: Readonly<Record<string, string>> | undefined;
  let lastKeysBytes = 0;
  for (const record of records) {
    bytes += RECORD_BYTES + textLength(record?.recordId) + textLength(record?.result) + textLength(record?.data);
    const keys = record?.metadata?.partitionKeys;
    if (keys === undefined || keys === null) continue;
    if (keys !== lastKeys) {
      lastKeys = keys;
      lastKeysBytes = METADATA_BYTES + keysBytes(keys);
    }
    bytes += lastKeysBytes;
  }
  return bytes;
}

/** A processor written without types may answer with anything; what is wrong with that is found later. */
function textLength(text: unknown): number {
  return typeof text === "string" ? text.length : 0;
}

function keysBytes(keys: Readonly<Record<string, string>>): number {
  let bytes = 0;
  let count = 0;
  for (const name of Object.keys(keys)) {
    bytes += jsonStringBytes(name) + 1 + jsonStringBytes(keys[name]);
    count++;
  }
  return bytes + Math.max(0, count - 1);
}

function jsonStringBytes(text: unknown): number {
  if (typeof text === "string" && PLAIN_ASCII.test(text)) return text.length + 2;
  return Buffer.byteLength(JSON.stringify(text) ?? "");
}
