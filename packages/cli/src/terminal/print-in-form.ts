import type { Terminal } from "../terminal-context.js";
import { writePieces } from "./broken-pipe.js";
import type { Column } from "./column.js";
import { formatRows, type RowFormat } from "./table.js";

/** What a command ends with, said in three ways. */
export interface AnswerForms {
  /** For people. */
  readonly text: () => string;
  /** All of it, as one JSON object. */
  readonly json: unknown;
  /** Its numbers, for the forms that are tables for programs. */
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Prints an answer on stdout: text as `table`, one JSON object as `json`, else rows. */
export async function printInForm(
  { text, json, columns, rows }: AnswerForms,
  format: RowFormat,
  terminal: Terminal,
): Promise<void> {
  if (format === "table") terminal.stdout.write(`${text()}\n`);
  else if (format === "json") terminal.stdout.write(`${JSON.stringify(json)}\n`);
  else {
    const batches = (async function* () {
      yield rows;
    })();
    const pieces = formatRows(columns, batches, format, { color: false, note: (note) => terminal.note(note) });
    await writePieces(terminal.stdout, pieces);
  }
}
