/** What a producer puts. `tag` is opaque to the model and follows the record to wherever it ends. */
export interface FirehoseRecord<Tag> {
  /** base64 text, or the bytes themselves, which must not change after the put. */
  readonly data: string | Uint8Array;
  readonly tag: Tag;
}

/** A record's identity without its data. */
export interface RecordOrigin<Tag> {
  readonly recordId: string;
  readonly tag: Tag;
  /** ms since the epoch, virtual. */
  readonly arrivedAt: number;
}

/** A record inside the stream. `data` is let go once the record's fate is known, so that an open S3 buffer does not hold its input. */
export interface BufferedRecord<Tag> extends RecordOrigin<Tag> {
  data: string | Uint8Array;
}

// The service's ids have 62 digits. They count here as well, because they take their share of the 6 MB of a response.
const ID_HEAD = "49600000000000000000000000000000000000000000000";
const ID_COUNT_DIGITS = 15;

export const RECORD_ID_CHARACTERS = ID_HEAD.length + ID_COUNT_DIGITS;

export function recordIdOf(sequence: number): string {
  return ID_HEAD + String(sequence).padStart(ID_COUNT_DIGITS, "0");
}

/** The inverse of {@link recordIdOf}; NaN for text that is no such id. */
export function sequenceOf(recordId: string): number {
  if (recordId.length !== RECORD_ID_CHARACTERS || !recordId.startsWith(ID_HEAD)) return Number.NaN;
  return Number(recordId.slice(ID_HEAD.length));
}

/** Bytes that base64 text stands for. */
export function decodedLength(base64: string): number {
  const length = base64.length;
  let bytes = Math.floor((length * 3) / 4);
  if (length > 0 && base64.charCodeAt(length - 1) === 61) bytes -= base64.charCodeAt(length - 2) === 61 ? 2 : 1;
  return bytes;
}

export function dataLength(data: string | Uint8Array): number {
  return typeof data === "string" ? decodedLength(data) : data.byteLength;
}

export function toBase64(data: string | Uint8Array): string {
  return typeof data === "string" ? data : asBuffer(data).toString("base64");
}

export function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? Buffer.from(data, "base64") : data;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
