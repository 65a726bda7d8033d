import { BraceScanner } from "@tributary/flow";
import type { ByteSource } from "./byte-source.js";
import type { ReadPosition } from "./flow-reader.js";
import { contentFrom, type LineChunk, MAX_LINE_BYTES, MAX_STEP_BYTES, MAX_STEP_LINES } from "./line-chunks.js";

const NEWLINE = 10;
const OPEN = 0x7b;
const BLANK = new Set([9, 13, 32]);
const BYTE_ORDER_MARK = Buffer.from("\uFEFF");
/** How an object of a delivery stream begins; inside a string its quotes would be escaped. */
const BEGINNINGS = ['{"message":', '{"tributary":'];

/**
 * Splits JSON objects that stand one on a line, or glued together as Firehose writes them, into chunks of objects, from a position on.
 * A line end always ends what is before it, so that broken JSON costs no more than its line. What is longer than a line may be is given
 * in pieces. Each object, blank line or piece counts as a line. Throws `grew-inside-line` as for lines, unless the end was a whole
 * object's.
 */
export async function* objectChunks(source: ByteSource, from: ReadPosition): AsyncGenerator<LineChunk> {
  const { details } = from;
  let { position } = from;
  let first = details["unterminated"] === true ? from.line : from.line + 1;
  let afterObject = details["afterObject"] === true;
  let carry: Buffer = Buffer.alloc(0);

  function* chunks(last: boolean): Generator<LineChunk> {
    const splitter = new ObjectSplitter(carry, last);
    let start = 0;
    while (start < carry.length) {
      const lines: string[] = [];
      const begin = start;
      let whole = false;
      while (start < carry.length && lines.length < MAX_STEP_LINES && start - begin < MAX_STEP_BYTES) {
        const found = splitter.next(start);
        if (found === undefined) break;
        lines.push(withoutLineEnd(carry.subarray(start, found.end)));
        ({ whole } = found);
        start = found.end;
      }
      if (lines.length === 0) break;
      // The line end of the object that had none.
      if (afterObject && lines[0]?.trim() === "" && carry[begin + lines[0].length] !== undefined) first--;
      afterObject = false;
      const open = last && start === carry.length && carry[start - 1] !== NEWLINE;
      position += start - begin;
      const line = first + lines.length - 1;
      const state = { ...details, unterminated: open && !whole, afterObject: open && whole };
      yield { lines, first, position, line, details: state };
      first = line + 1;
    }
    carry = Buffer.from(carry.subarray(start));
  }

  for await (const content of contentFrom(source, from)) {
    carry = carry.length === 0 ? content : Buffer.concat([carry, content]);
    yield* chunks(false);
  }
  yield* chunks(true);
}

/** Finds where objects and lines end in bytes that more may follow, unless they are the `last`. */
class ObjectSplitter {
  readonly #scanner = new BraceScanner();
  /** The next line end, looked for once for all objects before it; the length when there is none. */
  #newline = -1;

  constructor(
    private readonly bytes: Buffer,
    private readonly last: boolean,
  ) {}

  /** Where what starts at `start` ends, and whether it is a whole object; undefined when more is needed to know. */
  next(start: number): { readonly end: number; readonly whole: boolean } | undefined {
    const { bytes, last } = this;
    if (this.#newline < start) {
      const newline = bytes.indexOf(NEWLINE, start);
      this.#newline = newline < 0 ? bytes.length : newline;
    }
    const newline = this.#newline;
    const lineEnds = newline < bytes.length;
    const tooLong = newline - start > MAX_LINE_BYTES;
    const marked = bytes.subarray(start, start + BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    const opening = afterBlank(bytes, marked ? start + BYTE_ORDER_MARK.length : start, newline);
    if (opening < newline && bytes[opening] === OPEN) {
      const object = bytes.subarray(opening, Math.min(newline, start + MAX_LINE_BYTES));
      this.#scanner.reset();
      const close = opening + this.#scanner.scan(object, 0);
      if (object.length > 0 && this.#scanner.depth === 0) {
        const next = afterBlank(bytes, close, newline);
        if (next < newline && bytes[next] === OPEN) return { end: next, whole: true };
        if (next === newline) {
          if (lineEnds) return { end: newline + 1, whole: true };
          return last || tooLong ? { end: newline, whole: true } : undefined;
        }
      } else if (lineEnds || last || tooLong) {
        const restart = beginningIn(object);
        if (restart > 0) return { end: opening + restart, whole: false };
      }
    }
    if (tooLong) return { end: start + MAX_LINE_BYTES, whole: false };
    if (lineEnds) return { end: newline + 1, whole: false };
    return last ? { end: newline, whole: false } : undefined;
  }
}

/** Where another object begins inside one that does not end; -1 when none does. */
function beginningIn(object: Buffer): number {
  const found = BEGINNINGS.map((beginning) => object.indexOf(beginning, 1)).filter((at) => at > 0);
  return found.length === 0 ? -1 : Math.min(...found);
}

function afterBlank(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && BLANK.has(bytes[at] ?? 0)) at++;
  return at;
}

function withoutLineEnd(content: Buffer): string {
  const text = content.toString("utf8");
  if (!text.endsWith("\n")) return text;
  return text.slice(0, text.endsWith("\r\n") ? -2 : -1);
}
