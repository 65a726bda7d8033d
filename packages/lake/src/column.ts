/** A column as DuckDB declares it, e.g. `{ name: "time", type: "BIGINT" }`. */
export interface Column {
  readonly name: string;
  readonly type: string;
}
