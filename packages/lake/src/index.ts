export type { AccountExtent } from "./account-extent.js";
export { recordChecksums } from "./checksum-record.js";
export type { Column } from "./column.js";
export { type CompactOptions, type CompactSummary, compactLake } from "./compaction.js";
export { compactionPlan, type PartitionPlan, TARGET_BYTES } from "./compaction-plan.js";
export { type DuckDb, type DuckDbOptions, openDuckDb } from "./duckdb.js";
export { DuckDbEngine, type DuckDbEngineOptions } from "./duckdb-engine.js";
export { writeDurably } from "./durable-file.js";
export { eventDayOf } from "./event-day.js";
export type { FailedDocument } from "./failed-documents.js";
export { fileSha256 } from "./file-hash.js";
export { type Finding, type FindingCode, problem } from "./finding.js";
export { type FlowGap, type FlowGaps, findGaps, type GapOptions } from "./flow-gaps.js";
export { mergedInventory, readInventory, storeInventory } from "./inventory-store.js";
export { Lake, type LakeOptions, stagingFolder } from "./lake.js";
export { LakeCommit } from "./lake-commit.js";
export { lakeFailure } from "./lake-failure.js";
export { LakeLayout, type Partition } from "./lake-layout.js";
export { LakeStage, type LakeStageOptions, type ParkedEntry, type StagedFiles } from "./lake-stage.js";
export { type AccountStatus, type LakeStatus, lakeStatus } from "./lake-status.js";
export type {
  CommitMark,
  FlowCounts,
  InputState,
  ManifestEntry,
  ParkedFile,
  ParquetFile,
  PrunedRows,
  RecordedInput,
} from "./manifest-entry.js";
export {
  type Compression,
  type Conversion,
  type ConversionRequest,
  convertSpool,
  type InputRange,
} from "./parquet-conversion.js";
export { type PruneMark, type PruneSelection, pruneLake, prunePlan } from "./pruning.js";
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
export { textPieces } from "./text-pieces.js";
export { installTrinoMacros, TRINO_MACROS } from "./trino-macros.js";
export { type Verification, type VerifyOptions, verifyLake } from "./verification.js";
export { installLakeViews, SHARED_VIEWS } from "./views.js";
