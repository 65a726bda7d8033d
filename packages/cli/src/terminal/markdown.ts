import { cellText, toCell } from "./cell-value.js";
import { type Column, isNumericColumn } from "./column.js";
import type { RowBatches } from "./rows.js";
import { safeText } from "./safe-text.js";

/** A Markdown table, numbers aligned to the right. */
export async function* markdownPieces(columns: readonly Column[], rows: RowBatches): AsyncGenerator<string> {
  const heads = columns.map((column) => markdownText(column.name));
  const rules = columns.map((column) => (isNumericColumn(column) ? "---:" : "---"));
  yield line(heads) + line(rules);
  for await (const batch of rows) {
    let piece = "";
    for (const row of batch) piece += line(columns.map((_, i) => markdownText(cellText(toCell(row[i])))));
    if (piece !== "") yield piece;
  }
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;

/** Text that stays text, in a cell too: no new cell, row, element, emphasis or link comes of it. */
export function markdownText(text: string): string {
  const oneLine = text.replace(/\r\n|\r|\n/g, "\u2028");
  const literal = oneLine
    .replace(/[\\`*_[\]|~]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;");
  return literal.split("\u2028").map(safeText).join("<br>");
}
