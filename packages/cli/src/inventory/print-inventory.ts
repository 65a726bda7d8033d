import { shortPath } from "../commands/run-summary.js";
import { writePieces } from "../terminal/broken-pipe.js";
import { formatRows, parseRowFormat, type RowFormat } from "../terminal/table.js";
import type { Terminal } from "../terminal-context.js";
import { type InventoryRows, inventoryCounts } from "./inventory-rows.js";
import type { KeptInventory } from "./keep-inventory.js";

export interface OutputOptions {
  readonly output: RowFormat;
  readonly color: boolean;
}

/** What was kept, and on stderr where. */
export async function printKept(
  kept: readonly KeptInventory[],
  options: OutputOptions,
  terminal: Terminal,
): Promise<void> {
  await printRows(inventoryCounts(kept.map(({ snapshot }) => snapshot)), options, terminal);
  for (const { path, note } of kept) {
    terminal.note(shortPath(path), terminal.err.muted("written:"));
    if (note !== undefined) terminal.note(note, terminal.err.warning("note:"));
  }
}

export async function printRows(
  { columns, rows }: InventoryRows,
  { output }: OutputOptions,
  terminal: Terminal,
): Promise<void> {
  const batches = (async function* () {
    yield rows;
  })();
  const pieces = formatRows(columns, batches, parseRowFormat(output), {
    color: terminal.out.color,
    note: (text) => terminal.note(text),
    ...(terminal.width === undefined ? {} : { width: terminal.width }),
  });
  await writePieces(terminal.stdout, pieces);
}
