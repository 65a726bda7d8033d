import { ConfigurationError } from "@tributary/flow";
import type { Column } from "./column.js";
import { csvPieces } from "./csv.js";
import { jsonLinePieces, jsonPieces } from "./json-rows.js";
import { markdownPieces } from "./markdown.js";
import type { RowBatches, RowOptions } from "./rows.js";
import { tablePieces } from "./terminal-table.js";

export const ROW_FORMATS = ["table", "json", "jsonl", "csv", "markdown"] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

/**
 * Output of a result, piece by piece. JSON, JSON lines, CSV and Markdown stream and hold one batch; a table holds its first rows,
 * counts the others and says so through `note`.
 */
export function formatRows(
  columns: readonly Column[],
  rows: RowBatches,
  format: RowFormat,
  options: RowOptions,
): AsyncGenerator<string> {
  switch (format) {
    case "table":
      return tablePieces(columns, rows, options);
    case "json":
      return jsonPieces(columns, rows);
    case "jsonl":
      return jsonLinePieces(columns, rows);
    case "csv":
      return csvPieces(columns, rows);
    case "markdown":
      return markdownPieces(columns, rows);
  }
}

/** Throws ConfigurationError when the text names no format. */
export function parseRowFormat(text: string): RowFormat {
  const format = ROW_FORMATS.find((each) => each === text);
  if (format === undefined) {
    throw new ConfigurationError(
      "bad-output-format",
      `output ${JSON.stringify(text)} is unknown: use one of ${ROW_FORMATS.join(", ")}`,
    );
  }
  return format;
}
