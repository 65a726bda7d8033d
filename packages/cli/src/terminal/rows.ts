/** Rows as an engine hands them over, batch by batch, each row a value per column. */
export type RowBatches = AsyncIterable<readonly (readonly unknown[])[]>;

export interface RowOptions {
  /** Columns of the terminal; absent when the output goes to a file or pipe, which have no width. Tables only. */
  readonly width?: number;
  readonly color: boolean;
  /** A table shows at most this many rows, since its column widths need all of them in memory. Default 1,000. */
  readonly tableRows?: number;
  /** Told what the output leaves out, in a sentence for stderr. */
  readonly note: (text: string) => void;
}
