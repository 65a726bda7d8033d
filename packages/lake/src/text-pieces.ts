/** Characters that are written at a time. */
const PIECE_LENGTH = 65_536;

/** Lines as text in pieces, for texts that may be longer than JavaScript can hold. Each line gets its line feed. */
export function* textPieces(lines: Iterable<string>): Generator<string> {
  let piece = "";
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
