import { once } from "node:events";

/**
 * Ends the process quietly, as a success, when the reader of this stream has seen enough (`tributary query … | head`). Call it once,
 * before the first output. Other errors of the stream are thrown as they would be without it.
 */
export function endQuietlyOnBrokenPipe(stream: NodeJS.WritableStream, exit: (code: number) => void): void {
  stream.on("error", (error) => {
    if (!isBrokenPipe(error)) throw error;
    exit(0);
  });
}

/** EPIPE, and what Windows says in its place. */
export function isBrokenPipe(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EPIPE" || code === "EOF" || code === "ERR_STREAM_DESTROYED";
}

/** Writes pieces no faster than the reader takes them, so that a slow one does not fill the memory. */
export async function writePieces(
  stream: NodeJS.WritableStream,
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  for await (const piece of pieces) {
    if (!stream.write(piece)) await once(stream, "drain");
  }
}
