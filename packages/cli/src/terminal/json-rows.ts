import { cellJson, jsonText, toCell } from "./cell-value.js";
import { type Column, uniqueNames } from "./column.js";
import type { RowBatches } from "./rows.js";

/** One array of objects, one object a line. */
export async function* jsonPieces(columns: readonly Column[], rows: RowBatches): AsyncGenerator<string> {
  const write = objectWriter(columns);
  let separator = "[\n";
  for await (const batch of rows) {
    let piece = "";
    for (const row of batch) {
      piece += separator + write(row);
      separator = ",\n";
    }
    if (piece !== "") yield piece;
  }
  yield separator === "[\n" ? "[]\n" : "\n]\n";
}

/** One object a line, nothing around them. */
export async function* jsonLinePieces(columns: readonly Column[], rows: RowBatches): AsyncGenerator<string> {
  const write = objectWriter(columns);
  for await (const batch of rows) {
    let piece = "";
    for (const row of batch) piece += `${write(row)}\n`;
    if (piece !== "") yield piece;
  }
}

function objectWriter(columns: readonly Column[]): (row: readonly unknown[]) => string {
  const keys = uniqueNames(columns).map((name) => `${jsonText(name)}:`);
  return (row) => `{${keys.map((key, i) => key + cellJson(toCell(row[i]))).join(",")}}`;
}
