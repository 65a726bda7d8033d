/** Enough for a batch of ordinary documents; larger ones get a buffer of their own. */
const ROOM = 256 * 1024;
const room = Buffer.allocUnsafeSlow(ROOM);

/**
 * The base64 of each ASCII text. All are brought into bytes at once: a document is a tree of pieces until somebody needs its characters,
 * and walking one large tree takes much less than as many small ones, each with a copy of its own.
 */
export function base64Of(texts: readonly string[]): readonly string[] {
  let joined = "";
  for (const text of texts) joined += text;
  const bytes = joined.length > ROOM ? Buffer.allocUnsafe(joined.length) : room;
  bytes.write(joined, 0, "latin1");
  let start = 0;
  return texts.map((text) => {
    const end = start + text.length;
    const base64 = bytes.toString("base64", start, end);
    start = end;
    return base64;
  });
}
