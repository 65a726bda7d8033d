import { createReadStream } from "node:fs";

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 10;

/**
 * The lines of a UTF-8 file without their line feeds, one at a time. Only a line feed ends a line. Throws what the disk throws, also while the
 * file is read.
 */
export async function* linesOf(path: string, signal?: AbortSignal): AsyncGenerator<string> {
  const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES, ...(signal === undefined ? {} : { signal }) });
  let begun: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      begun.push(chunk.subarray(from, end));
      yield text(begun);
      begun = [];
      from = end + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (begun.length > 0) yield text(begun);
}

function text(parts: readonly Buffer[]): string {
  const [only] = parts;
  return (parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)).toString("utf8");
}
