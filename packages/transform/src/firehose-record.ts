import { base64Length } from "./size-budget.js";

/** Firehose takes records up to this size before base64 (Data Firehose quotas). */
export const MAX_FIREHOSE_RECORD_BYTES = 1000 * 1024;

/**
 * Bytes of a packed record per byte of its expected output. Firehose batches by input bytes: with this, a batch of 0.2 MB answers with
 * at most 5 MB.
 */
export const INPUT_PER_OUTPUT = 0.04;

/** One record's share of the response budget: so crowding is settled by whole records, and one that is put back fits next time. */
const BUDGET_SHARE = 0.04;

/** Bytes of documents that one packed record may become, before base64, of which only whole groups of three count. */
export function packedDocumentBudget(responseBudgetBytes: number): number {
  return Math.floor((responseBudgetBytes * BUDGET_SHARE) / 4) * 3;
}

/** A packed record's text with spaces behind it, so that its bytes are in proportion to the `documentBytes` that it becomes. */
export function paddedRecord(text: string, documentBytes: number): string {
  const wanted = Math.min(Math.ceil(base64Length(documentBytes) * INPUT_PER_OUTPUT), MAX_FIREHOSE_RECORD_BYTES);
  return text + " ".repeat(Math.max(0, wanted - Buffer.byteLength(text)));
}
