import { textWidth } from "./text-width.js";

/**
 * The text in lines of at most `columns`, broken at spaces, and inside a word only where the word alone is longer. One line when
 * `columns` is undefined.
 */
export function wrapText(text: string, columns: number | undefined): readonly string[] {
  if (columns === undefined || textWidth(text) <= columns) return [text];
  const room = Math.max(1, columns);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((each) => pieces(each, room))) {
    if (line === "") line = word;
    else if (textWidth(line) + 1 + textWidth(word) <= room) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function pieces(word: string, room: number): readonly string[] {
  if (textWidth(word) <= room) return [word];
  const found: string[] = [];
  let piece = "";
  for (const character of word) {
    if (piece !== "" && textWidth(piece + character) > room) {
      found.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...found, piece];
}
