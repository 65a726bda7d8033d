export * from "./delivery-stream.js";
export type {
  ConversionErrorDocument,
  DataCatalogTable,
  ErrorDocument,
  ProcessingErrorDocument,
} from "./error-output.js";
export { Log2Histogram, Measurements } from "./measurements.js";
export * from "./object-destination.js";
export * from "./object-key.js";
export * from "./prefix-expression.js";
export { InvalidArgumentException, type PutRecordBatchResponse, type PutResponseEntry } from "./put-record-batch.js";
export type { FirehoseRecord, RecordOrigin } from "./record.js";
export { responseBytes } from "./response-size.js";
export * from "./service-limits.js";
export type {
  BufferingHints,
  DeliveryStreamOptions,
  DynamicPartitioning,
  InvocationContext,
  Processor,
  RecordConverter,
  SourceBackup,
} from "./stream-options.js";
export * from "./virtual-clock.js";
