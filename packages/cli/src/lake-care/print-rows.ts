import { writePieces } from "../terminal/broken-pipe.js";
import type { Column } from "../terminal/column.js";
import { formatRows, type RowFormat } from "../terminal/table.js";
import type { Terminal } from "../terminal-context.js";

/** A column and how it is read off an item. */
export interface RowColumn<T> extends Column {
  readonly value: (item: T) => unknown;
}

/** Prints one row for each item on stdout, in a form that streams. */
export async function printRows<T>(
  columns: readonly RowColumn<T>[],
  items: readonly T[],
  format: RowFormat,
  terminal: Terminal,
): Promise<void> {
  const batches = (async function* () {
    yield items.map((item) => columns.map(({ value }) => value(item)));
  })();
  const pieces = formatRows(columns, batches, format, {
    color: terminal.out.color,
    note: (text) => terminal.note(text),
    ...(terminal.width === undefined ? {} : { width: terminal.width }),
  });
  await writePieces(terminal.stdout, pieces);
}

/** Prints one JSON object on stdout. */
export async function printJson(value: unknown, terminal: Terminal): Promise<void> {
  await writePieces(
    terminal.stdout,
    (async function* () {
      yield `${JSON.stringify(value)}\n`;
    })(),
  );
}
