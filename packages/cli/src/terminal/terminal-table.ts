import CliTable3 from "cli-table3";
import { type Cell, cellText, isCellNumber, toCell } from "./cell-value.js";
import { type Column, isCountColumn, isNumericColumn, isRigidColumn } from "./column.js";
import { columnWidths } from "./column-widths.js";
import type { RowBatches, RowOptions } from "./rows.js";
import { safeText } from "./safe-text.js";
import { Style } from "./style.js";
import { textWidth, truncateText } from "./text-width.js";
import { formatCount, groupThousands } from "./units.js";

const TABLE_ROWS = 1_000;
/** Around a cell's content: one space each side. */
const PADDING = 2;

/** A table for people: all of it fits the terminal, and what does not fit is cut with `…`. */
export async function* tablePieces(
  columns: readonly Column[],
  rows: RowBatches,
  options: RowOptions,
): AsyncGenerator<string> {
  const most = options.tableRows ?? TABLE_ROWS;
  const kept: (readonly string[])[] = [];
  let total = 0;
  for await (const batch of rows) {
    for (const row of batch.slice(0, Math.max(0, most - kept.length)))
      kept.push(columns.map((column, i) => tableText(column, row[i])));
    total += batch.length;
  }
  const style = Style(options.color);
  const names = columns.map((column) => safeText(column.name));
  const widths = columnWidths(names, kept, columns.map(isRigidColumn), options.width);
  yield widths === undefined
    ? records(names, kept, options.width ?? 0, style)
    : grid(columns, names, kept, widths, style);
  if (total === 0) options.note("no rows");
  if (total > kept.length) {
    options.note(
      `shown: ${formatCount(kept.length)} of ${formatCount(total)} rows; --output csv, json or jsonl gives all of them`,
    );
  }
}

function tableText(column: Column, value: unknown): string {
  const cell: Cell = toCell(value);
  if (isCellNumber(cell)) {
    // The last digits of a binary fraction are noise: 0.1 + 0.2 is 0.3 to a reader.
    const text = typeof cell === "number" ? String(Number(cell.toPrecision(12))) : cellText(cell);
    return isCountColumn(column) ? groupThousands(text) : text;
  }
  return safeText(cellText(cell));
}

function grid(
  columns: readonly Column[],
  names: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  style: Style,
): string {
  const fitted = (text: string, i: number) => truncateText(text, widths[i] ?? 0);
  const table = new CliTable3({
    head: names.map((name, i) => style.heading(fitted(name, i))),
    colWidths: widths.map((width) => width + PADDING),
    colAligns: columns.map((column) => (isNumericColumn(column) ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(row.map(fitted));
  return `${table.toString()}\n`;
}

/** For terminals too narrow for the columns: a block per row, a line per column. */
function records(names: readonly string[], rows: readonly (readonly string[])[], width: number, style: Style): string {
  const longest = Math.max(0, ...names.map(textWidth));
  // Names give way when they would leave the values less than half of the line.
  const nameWidth = Math.min(longest, Math.max(1, (width >> 1) - 1));
  return rows
    .map((row, index) => {
      const title = truncateText(`row ${formatCount(index + 1)}`, width);
      const lines = row.map((value, i) => {
        const name = truncateText(names[i] ?? "", nameWidth);
        const gap = " ".repeat(nameWidth - textWidth(name) + 1);
        return `${style.heading(name)}${gap}${truncateText(value, width - nameWidth - 1)}`.trimEnd();
      });
      return `${style.muted(title)}\n${lines.join("\n")}\n`;
    })
    .join("\n");
}
