import { once } from "node:events";

/**
 * Ends the process quietly, as a success, when the reader of this stream has seen enough (`tributary query … | head`). Call it once,
 * before the first output. Any other error of the stream, such as a full disk behind it, is told to `complain`, and ends the process with 1.
 */
export function endQuietlyOnBrokenPipe(
  stream: NodeJS.WritableStream,
  exit: (code: number) => void,
  complain: (text: string) => void,
): void {
  stream.on("error", (error) => {
    if (isBrokenPipe(error)) return exit(0);
    complain(`the output could not be written (${error.message}): free some space, or write it elsewhere`);
    exit(1);
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
