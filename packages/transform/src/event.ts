/** What Amazon Data Firehose hands to a transformation function (Data Firehose developer guide, "Data transformation"). */
export interface TransformationEvent {
  readonly invocationId: string;
  readonly deliveryStreamArn: string;
  readonly region: string;
  readonly records: readonly TransformationRecord[];
}

export interface TransformationRecord {
  readonly recordId: string;
  /** ms since the epoch. */
  readonly approximateArrivalTimestamp: number;
  /** base64. */
  readonly data: string;
}

export type TransformationResult = "Ok" | "Dropped" | "ProcessingFailed";

/** The answer for one record. Every recordId of the event is answered exactly once. */
export interface TransformedRecord {
  readonly recordId: string;
  readonly result: TransformationResult;
  /** base64: newline-joined documents for `Ok`, the untouched input for `ProcessingFailed`, empty for `Dropped`. */
  readonly data: string;
  readonly metadata?: { readonly partitionKeys: Readonly<Record<string, string>> };
}

export interface TransformationResponse {
  readonly records: readonly TransformedRecord[];
}
