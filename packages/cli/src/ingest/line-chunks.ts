/** Lines that end inside one chunk, and the offset behind the last of them. */
export interface LineChunk {
  readonly lines: readonly string[];
  /** Decompressed bytes that are behind. */
  readonly position: number;
  /** True for the last line of an input that does not end with a line break. */
  readonly unterminated: boolean;
}

const NEWLINE = 10;
/** A line longer than this is no flow-log record; its characters are given in pieces of this size, which no format takes. */
const MAX_LINE_BYTES = 1_048_576;

/** Splits content into lines (LF or CRLF), chunk by chunk, from an offset on. */
export async function* lineChunks(chunks: AsyncIterable<Buffer>, from: number): AsyncGenerator<LineChunk> {
  let position = from;
  let carry = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const content = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    let end = content.lastIndexOf(NEWLINE) + 1;
    if (end === 0 && content.length > MAX_LINE_BYTES) end = content.length;
    if (end > 0) {
      position += end;
      yield { lines: linesOf(content.subarray(0, end)), position, unterminated: false };
    }
    carry = Buffer.from(content.subarray(end));
  }
  if (carry.length > 0) {
    position += carry.length;
    yield { lines: linesOf(carry), position, unterminated: true };
  }
}

function linesOf(content: Buffer): string[] {
  const text = content.toString("utf8");
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return text.includes("\r") ? lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)) : lines;
}
