import type { ErrorOutput } from "./object-destination.js";
import { type ObjectNames, objectKey } from "./object-key.js";
import type { ErrorOutputType, PrefixExpression } from "./prefix-expression.js";
import { type BufferedRecord, type RecordOrigin, toBase64 } from "./record.js";
import type { Buffering } from "./stream-options.js";

/** The Glue table that names the columns of a conversion. */
export interface DataCatalogTable {
  readonly catalogId?: string;
  readonly databaseName: string;
  readonly tableName: string;
  readonly region?: string;
  readonly versionId?: string;
  readonly catalogArn?: string;
}

/** Times in ms since the epoch, `rawData` in base64: the untransformed record. */
export interface ProcessingErrorDocument {
  readonly attemptsMade: number;
  readonly arrivalTimestamp: number;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly attemptEndingTimestamp: number;
  readonly rawData: string;
  // Real objects spell it so, although the developer guide says lambdaArn.
  readonly lambdaARN?: string;
}

/** Times in ms since the epoch, `rawData` in base64: the transformed document that did not convert. */
export interface ConversionErrorDocument {
  readonly attemptsMade: number;
  readonly arrivalTimestamp: number;
  readonly lastErrorCode: string;
  readonly lastErrorMessage: string;
  readonly attemptEndingTimestamp: number;
  readonly rawData: string;
  readonly dataCatalogTable?: DataCatalogTable;
}

/** One line of an error object (Data Firehose developer guide, "Handle failure in data transformation" and "Error handling for data format conversion"). */
export type ErrorDocument = ProcessingErrorDocument | ConversionErrorDocument;

/** What went wrong with a record before it had a place in an object. */
export interface RecordFailure {
  readonly type: Exclude<ErrorOutputType, "format-conversion-failed">;
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
}

/** The fixed part of a document, without its data: an estimate is enough to size error objects. */
const DOCUMENT_OVERHEAD_BYTES = 300;

interface ErrorObject {
  readonly key: string;
  readonly openedAt: number;
  bytes: number;
}

/** Builds error documents and groups them into objects by type under the S3 buffering hints, as data is. Holds keys, no documents. */
export class ErrorOutputs<Tag> {
  readonly #open = new Map<ErrorOutputType, ErrorObject>();

  constructor(
    private readonly stream: string,
    private readonly prefix: PrefixExpression,
    private readonly names: ObjectNames,
    private readonly buffering: Buffering,
    private readonly lambdaArn: string | undefined,
    private readonly dataCatalogTable: DataCatalogTable | undefined,
  ) {}

  ofRecord(record: BufferedRecord<Tag>, failure: RecordFailure, at: number): ErrorOutput<Tag> {
    const { arrivedAt, recordId, tag } = record;
    const document: ProcessingErrorDocument = {
      attemptsMade: failure.attempts,
      arrivalTimestamp: arrivedAt,
      errorCode: failure.code,
      errorMessage: failure.message,
      attemptEndingTimestamp: at,
      rawData: toBase64(record.data),
      ...(this.lambdaArn === undefined ? {} : { lambdaARN: this.lambdaArn }),
    };
    return { type: failure.type, key: this.#key(failure.type, document, at), document, tag, recordId };
  }

  ofDocument(
    origin: RecordOrigin<Tag>,
    failure: { readonly data: Uint8Array; readonly code: string; readonly message: string },
    at: number,
  ): ErrorOutput<Tag> {
    const document: ConversionErrorDocument = {
      attemptsMade: 1,
      arrivalTimestamp: origin.arrivedAt,
      lastErrorCode: failure.code,
      lastErrorMessage: failure.message,
      attemptEndingTimestamp: at,
      rawData: toBase64(failure.data),
      ...(this.dataCatalogTable === undefined ? {} : { dataCatalogTable: this.dataCatalogTable }),
    };
    const type = "format-conversion-failed";
    return { type, key: this.#key(type, document, at), document, tag: origin.tag, recordId: origin.recordId };
  }

  /** Ends every open error object: later documents go to new ones. */
  flush(): void {
    this.#open.clear();
  }

  #key(type: ErrorOutputType, document: ErrorDocument, at: number): string {
    const bytes = DOCUMENT_OVERHEAD_BYTES + document.rawData.length;
    let object = this.#open.get(type);
    if (
      object === undefined ||
      object.bytes + bytes > this.buffering.bytes ||
      object.openedAt + this.buffering.ms < at
    ) {
      const time = document.arrivalTimestamp;
      const prefix = this.prefix.evaluate({
        time,
        errorOutputType: type,
        randomString: () => this.names.randomString(),
      });
      object = { key: objectKey(prefix, this.stream, time, this.names.uuid(), ""), openedAt: at, bytes: 0 };
      this.#open.set(type, object);
    }
    object.bytes += bytes;
    return object.key;
  }
}
