import { damaged } from "./parquet-damage.js";

/** Deeper than any structure of parquet.thrift. */
const MAX_DEPTH = 16;
const MAX_VARINT_BYTES = 10;
const MAX_SHORT_LIST = 15;

const STOP = 0;
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/**
 * Where the structure ends that begins at `from`, in Thrift's compact protocol. Its sizes are checked on the way, so that a decoder
 * which believes them can be let loose on it: lists and texts within the bytes, numbers of ordinary length, few levels, and no more
 * than `maxValues` values. Throws UnreadableInput.
 */
export function thriftEnd(bytes: Uint8Array, from: number, maxValues: number): number {
  let at = from;
  let values = 0;

  const byte = (): number => {
    const value = bytes[at++];
    if (value === undefined) throw damaged("its metadata ends too early");
    return value;
  };
  const varint = (): number => {
    let value = 0;
    for (let digit = 0; digit < MAX_VARINT_BYTES; digit++) {
      const next = byte();
      value += (next & 0x7f) * 2 ** (7 * digit);
      if (next < 0x80) return value;
    }
    throw damaged("a number of its metadata is too long");
  };
  const skip = (length: number): void => {
    at += length;
    if (at > bytes.length) throw damaged("its metadata ends too early");
  };
  const element = (type: number, depth: number): void => {
    if (++values > maxValues) throw damaged(`its metadata has more than ${maxValues} values`);
    if (type === BYTE) skip(1);
    else if (type === I16 || type === I32 || type === I64) varint();
    else if (type === DOUBLE) skip(8);
    else if (type === BINARY) skip(varint());
    else if (type === LIST) list(depth + 1);
    else if (type === STRUCT) struct(depth + 1);
    else if (type !== TRUE && type !== FALSE) throw damaged("its metadata has a value of unknown type");
  };
  const list = (depth: number): void => {
    if (depth > MAX_DEPTH) throw damaged("its metadata is nested too deep");
    const head = byte();
    const type = head & 0x0f;
    const size = head >> 4 === MAX_SHORT_LIST ? varint() : head >> 4;
    // Each element takes a byte at least.
    if (size > bytes.length - at) throw damaged("a list of its metadata is longer than the metadata");
    const elementType = type === TRUE || type === FALSE ? BYTE : type;
    for (let index = 0; index < size; index++) element(elementType, depth);
  };
  const struct = (depth: number): void => {
    if (depth > MAX_DEPTH) throw damaged("its metadata is nested too deep");
    for (;;) {
      const head = byte();
      const type = head & 0x0f;
      if (type === STOP) return;
      if (head >> 4 === 0) varint();
      element(type, depth);
    }
  };

  struct(0);
  return at;
}
