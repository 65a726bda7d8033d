export type { Column } from "./column.js";
export { type DuckDb, type DuckDbOptions, openDuckDb } from "./duckdb.js";
export { DuckDbEngine, type DuckDbEngineOptions } from "./duckdb-engine.js";
export { writeDurably } from "./durable-file.js";
export type { FailedDocument } from "./failed-documents.js";
export { mergedInventory, readInventory, storeInventory } from "./inventory-store.js";
export { Lake, type LakeOptions } from "./lake.js";
export { LakeCommit, type ParkedEntry } from "./lake-commit.js";
export { lakeFailure } from "./lake-failure.js";
export type { Partition } from "./lake-layout.js";
export type {
  CommitMark,
  FlowCounts,
  InputState,
  ManifestEntry,
  ParkedFile,
  ParquetFile,
  RecordedInput,
} from "./manifest-entry.js";
export {
  type Compression,
  type Conversion,
  type ConversionRequest,
  convertSpool,
  type InputRange,
} from "./parquet-conversion.js";
export { QueryCatalogue } from "./query-catalogue.js";
export {
  allRows,
  type QueryEngine,
  type QueryResult,
  type QueryValue,
  type ResultColumn,
  type RunOptions,
  runSavedQuery,
} from "./query-engine.js";
export {
  parseSavedQuery,
  positionalSavedQuery,
  type QueryParameter,
  type QueryValues,
  renderSavedQuery,
  type SavedQuery,
} from "./saved-query.js";
export { identifier, type SqlType, stringLiteral, typedLiteral } from "./sql-literal.js";
export { installTrinoMacros, TRINO_MACROS } from "./trino-macros.js";
export { installLakeViews, SHARED_VIEWS } from "./views.js";
