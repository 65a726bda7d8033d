import type { ByteSource } from "./byte-source.js";
import type { ReadPosition } from "./flow-reader.js";
import { UnreadableInput } from "./input-problem.js";

/** Lines that end inside one chunk, without their ends, and where reading goes on after them. */
export interface LineChunk extends ReadPosition {
  readonly lines: readonly string[];
  /** Number of the first one, from 1. */
  readonly first: number;
}

/** The same as bytes, line ends included; the last line of the content may lack its end. */
export interface LinePart extends ReadPosition {
  readonly content: Buffer;
  readonly first: number;
}

export const NEWLINE = 10;
const RETURN = 13;
/**
 * A longer line is no flow-log record. It is given in pieces of this size, each of which counts as a line and is parked: wherever
 * reading stopped and went on, the pieces are the same.
 */
export const MAX_LINE_BYTES = 1_048_576;
/** What a step may hold, so that memory does not depend on what the lines are. */
export const MAX_STEP_LINES = 1_000;
export const MAX_STEP_BYTES = 262_144;

/**
 * Splits content into lines (LF or CRLF), chunk by chunk, from a position on. Throws `grew-inside-line` when the last line was read
 * before it had its end and has become longer.
 */
export async function* lineParts(source: ByteSource, from: ReadPosition): AsyncGenerator<LinePart> {
  let { position } = from;
  // The end of the line that had none comes first: an empty line with the same number.
  let first = from.details["unterminated"] === true ? from.line : from.line + 1;
  const part = (content: Buffer, lines: number, unterminated: boolean): LinePart => {
    position += content.length;
    const details = { ...from.details, unterminated };
    const result = { content, first, position, line: first + lines - 1, details };
    first += lines;
    return result;
  };
  let carry: Buffer = Buffer.alloc(0);
  for await (const content of contentFrom(source, from)) {
    carry = carry.length === 0 ? content : Buffer.concat([carry, content]);
    let end = carry.lastIndexOf(NEWLINE) + 1;
    while (carry.length - end > MAX_LINE_BYTES) end += MAX_LINE_BYTES;
    for (const { content: whole, lines } of partsOf(carry.subarray(0, end))) yield part(whole, lines, false);
    carry = Buffer.from(carry.subarray(end));
  }
  if (carry.length > 0) yield part(carry, 1, true);
}

/** The content from where reading stopped; throws when that was inside a line that has grown since. */
export async function* contentFrom(source: ByteSource, from: ReadPosition): AsyncGenerator<Buffer> {
  let inside = from.details["unterminated"] === true;
  for await (const chunk of source.chunks(from.position)) {
    if (inside && chunk[0] !== NEWLINE && chunk[0] !== RETURN) {
      throw new UnreadableInput(
        "grew-inside-line",
        "its last line was read before it was complete, and has grown since: run with --again to replace the rows of this file",
      );
    }
    inside = false;
    yield chunk;
  }
}

/** The lines of a part, without their ends. */
export function linesOf(content: Buffer): string[] {
  const text = content.toString("utf8");
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return text.includes("\r") ? lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) : lines;
}

/** Content in parts of whole lines, as many as a step may hold, or a piece of a line that is too long. */
function* partsOf(content: Buffer): Generator<{ readonly content: Buffer; readonly lines: number }> {
  let from = 0;
  let lines = 0;
  for (let start = 0; start < content.length; ) {
    const newline = content.indexOf(NEWLINE, start);
    const end = newline < 0 ? content.length : newline;
    const tooLong = end - start > MAX_LINE_BYTES;
    const to = tooLong ? start + MAX_LINE_BYTES : Math.min(end + 1, content.length);
    if (lines > 0 && (tooLong || lines === MAX_STEP_LINES || to - from > MAX_STEP_BYTES)) {
      yield { content: content.subarray(from, start), lines };
      from = start;
      lines = 0;
    }
    if (tooLong) {
      yield { content: content.subarray(from, to), lines: 1 };
      from = to;
    } else lines++;
    start = to;
  }
  if (from < content.length) yield { content: content.subarray(from), lines };
}
