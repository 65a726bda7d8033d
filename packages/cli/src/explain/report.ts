/**
 * A report for people: an answer, and the steps that lead to it. All texts are as the inventory and the logs hold them; whoever
 * renders a report makes them harmless.
 */
export interface Report {
  readonly title: string;
  /** What it comes down to, a sentence each. */
  readonly answer: readonly string[];
  readonly steps: readonly Step[];
}

export interface Step {
  readonly heading: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "facts"; readonly facts: readonly Fact[] }
  | RowsBlock;

export type Fact = readonly [label: string, value: string];

export interface RowsBlock {
  readonly kind: "rows";
  readonly columns: readonly string[];
  readonly rows: readonly MarkedRow[];
}

export interface MarkedRow {
  readonly mark: Mark;
  readonly cells: readonly string[];
  /** What the cells after the first one say, in words for where columns do not fit; else the cells are named one by one. */
  readonly brief?: string;
}

/** What a rule or entry does to the flow: lets it pass, stops it, may do what it says, or has nothing to do with it. */
export type Mark = "allows" | "denies" | "maybe" | "none";

export const text = (content: string): Block => ({ kind: "text", text: content });
