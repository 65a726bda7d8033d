import { type Cell, cellText, toCell } from "./cell-value.js";
import type { Column } from "./column.js";
import type { RowBatches } from "./rows.js";

/** First characters that make a spreadsheet take text for a formula (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** CSV by RFC 4180: a header, CRLF line ends. NULL is an empty field, the empty text is `""`. */
export async function* csvPieces(columns: readonly Column[], rows: RowBatches): AsyncGenerator<string> {
  yield csvLine(columns.map((column) => column.name));
  for await (const batch of rows) {
    let piece = "";
    for (const row of batch) piece += csvLine(columns.map((_, i) => toCell(row[i])));
    if (piece !== "") yield piece;
  }
}

function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvField).join(",")}\r\n`;
}

function csvField(cell: Cell): string {
  if (cell === "") return '""';
  const plain = cellText(cell);
  // Numbers may begin with a minus; only text can be an attack.
  const text = typeof cell === "string" && FORMULA.test(plain) ? `'${plain}` : plain;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
