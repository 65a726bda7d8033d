import { TributaryError } from "@tributary/flow";
import { dataLength, type FirehoseRecord } from "./record.js";
import { PUT_BYTES_MAX, PUT_RECORDS_MAX, RECORD_BYTES_MAX } from "./service-limits.js";

export type PutResponseEntry =
  | { readonly recordId: string }
  | { readonly errorCode: string; readonly errorMessage: string };

/** The service's answer to PutRecordBatch, in camel case; entries in the order of the records. */
export interface PutRecordBatchResponse {
  readonly failedPutCount: number;
  readonly requestResponses: readonly PutResponseEntry[];
}

/** A call that the service refuses as a whole. Its code is the service's name for it, as SDK clients see it. */
export class InvalidArgumentException extends TributaryError {
  constructor(message: string) {
    super("InvalidArgumentException", message);
  }
}

export const SLOW_DOWN: PutResponseEntry = { errorCode: "ServiceUnavailableException", errorMessage: "Slow down." };

/**
 * Checks a call against the limits of PutRecordBatch and writes the records' decoded sizes to `sizes` (room for 500). Returns the
 * sum in bytes. Throws InvalidArgumentException.
 */
export function checkPut(records: readonly FirehoseRecord<unknown>[], sizes: Uint32Array): number {
  if (records.length < 1 || records.length > PUT_RECORDS_MAX) {
    throw new InvalidArgumentException(`${records.length} records in one call: put 1 to ${PUT_RECORDS_MAX}`);
  }
  let total = 0;
  let index = 0;
  for (const record of records) {
    const bytes = dataLength(record.data);
    if (bytes > RECORD_BYTES_MAX) {
      throw new InvalidArgumentException(
        `record ${index} has ${bytes} bytes: split it to at most ${RECORD_BYTES_MAX} bytes before base64`,
      );
    }
    sizes[index++] = bytes;
    total += bytes;
  }
  if (total > PUT_BYTES_MAX) {
    throw new InvalidArgumentException(`${total} bytes in one call: put at most ${PUT_BYTES_MAX} bytes before base64`);
  }
  return total;
}
