import { safeText } from "../terminal/safe-text.js";
import type { Style } from "../terminal/style.js";
import { formatRows } from "../terminal/table.js";
import { formatCount } from "../terminal/units.js";
import { FlowLines } from "./flow-lines.js";
import { COUNT_COLUMNS, FLOW_COLUMNS, flowRow } from "./flow-rows.js";
import type { FoundFlows } from "./flow-search.js";

export const SEARCH_FORMS = ["text", "raw", "jsonl", "csv"] as const;
export type SearchForm = (typeof SEARCH_FORMS)[number];

export interface SearchOutputOptions {
  readonly form: SearchForm;
  readonly style: Style;
  /** Columns of the terminal; undefined when the output goes elsewhere, which takes raw lines as they are. */
  readonly width: number | undefined;
  readonly note: (text: string) => void;
}

/** The output of a search, piece by piece. */
export function flowPieces(found: AsyncIterable<FoundFlows>, options: SearchOutputOptions): AsyncIterable<string> {
  const { form, style, width, note } = options;
  switch (form) {
    case "text": {
      const lines = new FlowLines(style, width);
      return textPieces(found, ({ flows }) => flows.map((flow) => lines.line(flow)));
    }
    case "raw":
      return textPieces(found, ({ flows }) => flows.map(({ raw }) => (width === undefined ? raw : safeText(raw))));
    default:
      return formatRows(FLOW_COLUMNS, rowsOf(found), form, { color: false, note });
  }
}

/** The number of flows of each input that has any; the sum is the summary's. */
export function countPieces(
  found: AsyncIterable<FoundFlows>,
  { form, note }: SearchOutputOptions,
): AsyncIterable<string> {
  const counts = countsOf(found);
  if (form === "jsonl" || form === "csv") {
    return formatRows(COUNT_COLUMNS, batches(counts), form, { color: false, note });
  }
  return textPieces(counts, ([input, flows]) => [`${formatCount(flows).padStart(12)}  ${safeText(input)}`]);
}

async function* textPieces<T>(
  items: AsyncIterable<T>,
  linesOf: (item: T) => readonly string[],
): AsyncGenerator<string> {
  for await (const item of items) {
    const lines = linesOf(item);
    if (lines.length > 0) yield `${lines.join("\n")}\n`;
  }
}

async function* rowsOf(found: AsyncIterable<FoundFlows>): AsyncGenerator<readonly (readonly unknown[])[]> {
  for await (const { flows } of found) yield flows.map(flowRow);
}

async function* batches<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  for await (const item of items) yield [item];
}

async function* countsOf(found: AsyncIterable<FoundFlows>): AsyncGenerator<readonly [input: string, flows: number]> {
  let current: { readonly input: string; flows: number } | undefined;
  for await (const { input, flows } of found) {
    if (current !== undefined && current.input !== input) {
      yield [current.input, current.flows];
      current = undefined;
    }
    current ??= { input, flows: 0 };
    current.flows += flows.length;
  }
  if (current !== undefined) yield [current.input, current.flows];
}
