/**
 * Limits of Amazon Data Firehose and of a synchronous Lambda invocation (Data Firehose developer guide: "Quotas", "Buffering
 * hints", "Data transformation", "Dynamic partitioning"; API reference: PutRecordBatch). Bytes unless a name says otherwise.
 */
export const MEBIBYTE = 1024 * 1024;

export const PUT_RECORDS_MAX = 500;
export const PUT_BYTES_MAX = 4 * MEBIBYTE;
/** 1,000 KiB of data, counted before base64. */
export const RECORD_BYTES_MAX = 1_024_000;

/** Request and response of one invocation, each, as JSON with base64 in it. */
export const INVOCATION_PAYLOAD_BYTES_MAX = 6 * MEBIBYTE;

export const PROCESSING_BUFFER_BYTES_DEFAULT = MEBIBYTE;
// The service takes whole or fractional "MB" without saying which; the lower bounds are read as decimal and the upper ones as
// binary, so that neither reading of a legal value is refused.
export const PROCESSING_BUFFER_BYTES_MIN = 200_000;
export const PROCESSING_BUFFER_BYTES_MAX = 3 * MEBIBYTE;
export const PROCESSING_BUFFER_SECONDS_DEFAULT = 60;
export const PROCESSING_RETRIES_DEFAULT = 3;

export const S3_BUFFER_BYTES_DEFAULT = 128 * MEBIBYTE;
export const S3_BUFFER_BYTES_MIN = 1_000_000;
/** The minimum with record format conversion or dynamic partitioning. */
export const S3_LARGE_BUFFER_BYTES_MIN = 64_000_000;
export const S3_BUFFER_BYTES_MAX = 128 * MEBIBYTE;
export const S3_BUFFER_SECONDS_DEFAULT = 300;
export const BUFFER_SECONDS_MAX = 900;

export const BACKUP_BUFFER_BYTES_DEFAULT = 5 * MEBIBYTE;
export const BACKUP_BUFFER_SECONDS_DEFAULT = 300;
export const BACKUP_BUFFER_SECONDS_MIN = 60;

export const ACTIVE_PARTITIONS_DEFAULT = 500;
/** As configured, and with partition keys filled in. */
export const PREFIX_CHARACTERS_MAX = 512;
