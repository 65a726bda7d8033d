import { ColumnReader } from "./column-reader.js";
import type { FlowColumn } from "./flow-column.js";
import { PageMemory } from "./page-memory.js";
import { damaged } from "./parquet-damage.js";
import type { ParquetFile, RowGroup } from "./parquet-file.js";
import { TextBudget } from "./text-budget.js";

/** Rows of a file in a row, as lines of the text form. */
export interface RowLines {
  readonly lines: readonly string[];
  /** Number of the first row, from 1. */
  readonly first: number;
}

/** What is put together at once. */
const MAX_ROWS = 1000;

/**
 * The rows of a file from a row on, each as the line that the text form has for it: fields in the order of the columns, parted by
 * spaces. Reads all columns side by side, page by page. Throws UnreadableInput where a page is damaged, after the rows before it.
 */
export async function* rowLines(
  file: ParquetFile,
  columns: readonly FlowColumn[],
  { size, behind }: { readonly size: number; readonly behind: number },
): AsyncGenerator<RowLines> {
  let row = 0;
  const budget = new TextBudget(size);
  for (const group of file.groups) {
    const end = row + group.rows;
    if (end > behind && group.rows > 0) {
      const readers = await columnReaders(file, group, columns, budget);
      const skipped = Math.max(0, behind - row);
      for (const reader of readers) await reader.skip(skipped);
      for (row += skipped; row < end; ) {
        let rows = Math.min(MAX_ROWS, end - row);
        for (const reader of readers) rows = Math.min(rows, await reader.ready());
        budget.nextBatch();
        const lines = joined(readers.map((reader) => reader.take(rows)));
        yield { lines, first: row + 1 };
        row += rows;
      }
    }
    row = end;
  }
}

async function columnReaders(
  { ranges }: ParquetFile,
  { rows, chunks }: RowGroup,
  columns: readonly FlowColumn[],
  budget: TextBudget,
): Promise<readonly ColumnReader[]> {
  const places = columns.map((column) => {
    const chunk = chunks[column.index];
    if (chunk === undefined) throw damaged(`${column.name} is missing in a row group`);
    return { column, chunk };
  });
  const memory = new PageMemory();
  const bytes = await ranges.columns(
    places.map(({ chunk }) => chunk),
    memory,
  );
  return places.flatMap(({ column, chunk }, index) => {
    const own = bytes[index];
    return own === undefined ? [] : [new ColumnReader(own, column, { chunk, rows, memory, budget })];
  });
}

/** One line for each row, of the fields that the columns have for it. */
function joined(columns: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = columns;
  return first.map((field, row) => {
    let line = field;
    for (const column of others) line += ` ${column[row]}`;
    return line;
  });
}
