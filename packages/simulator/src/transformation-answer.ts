import type { TransformationResponse, TransformedRecord } from "@tributary/transform";
import type { Batch } from "./processing-buffer.js";
import { decodedLength, sequenceOf } from "./record.js";

/** A fault of an answer: of the whole when `records` is empty, else of the records at these positions of the batch. */
export interface AnswerFault {
  readonly code: "Lambda.FunctionError" | "Lambda.MissingRecordId" | "Lambda.DuplicatedRecordId";
  readonly message: string;
  readonly records: readonly number[];
}

/** Answers in the order of the batch, whatever order the function gave them in. */
export interface AlignedAnswer {
  /** Undefined where the answer lacks the record. */
  readonly answers: readonly (TransformedRecord | undefined)[];
  readonly faults: readonly AnswerFault[];
}

/** Finds each record's answer. Answers for records that the batch never held are ignored, as the service does. */
export function alignAnswer<Tag>(response: TransformationResponse | undefined, batch: Batch<Tag>): AlignedAnswer {
  const given = response?.records;
  if (Array.isArray(given) && isAligned(given, batch)) return { answers: given, faults: [] };
  const answers = new Array<TransformedRecord | undefined>(batch.records.length).fill(undefined);
  const repeated = new Set<number>();
  const first = sequenceOf(batch.records[0]?.recordId ?? "");
  for (const answer of Array.isArray(given) ? (given as readonly TransformedRecord[]) : []) {
    const recordId: unknown = answer?.recordId;
    const index = typeof recordId === "string" ? sequenceOf(recordId) - first : Number.NaN;
    if (!(index >= 0 && index < answers.length)) continue;
    if (answers[index]) repeated.add(index);
    answers[index] = answer;
  }
  const missing = [...answers.keys()].filter((index) => answers[index] === undefined);
  const faults: AnswerFault[] = [];
  if (missing.length > 0) {
    const message = `${missing.length} record Ids were not returned. Return every recordId of the event exactly once.`;
    faults.push({ code: "Lambda.MissingRecordId", message, records: missing });
  }
  if (repeated.size > 0) {
    const message = `${repeated.size} record Ids were returned more than once. Return every recordId of the event exactly once.`;
    faults.push({ code: "Lambda.DuplicatedRecordId", message, records: [...repeated] });
  }
  return { answers, faults };
}

function isAligned<Tag>(given: readonly TransformedRecord[], batch: Batch<Tag>): boolean {
  const { records } = batch;
  if (given.length !== records.length) return false;
  for (let index = 0; index < records.length; index++) {
    if (given[index]?.recordId !== records[index]?.recordId) return false;
  }
  return true;
}

/**
 * Decodes the data of all `Ok` answers into one allocation. Returns the fault instead when a result is unknown or data is no
 * base64, which fail the batch.
 */
export function decodeAnswers(
  answers: readonly (TransformedRecord | undefined)[],
): readonly (Uint8Array | undefined)[] | AnswerFault {
  let total = 0;
  for (const answer of answers) {
    if (answer === undefined) continue;
    const { result, data } = answer;
    if (result === "Ok" && typeof data === "string") total += decodedLength(data);
    else if (result === "Ok") return wholeFault(`record ${answer.recordId} is Ok without data`);
    else if (result !== "Dropped" && result !== "ProcessingFailed") {
      return wholeFault(
        `record ${answer.recordId} has result "${String(result)}": return Ok, Dropped or ProcessingFailed`,
      );
    }
  }
  const slab = Buffer.allocUnsafeSlow(total);
  const documents = new Array<Uint8Array | undefined>(answers.length).fill(undefined);
  let offset = 0;
  for (let index = 0; index < answers.length; index++) {
    const answer = answers[index];
    if (answer?.result !== "Ok") continue;
    const length = decodedLength(answer.data);
    // The decoder skips what is no base64, which shows as fewer bytes than the text's length promises.
    if (slab.write(answer.data, offset, "base64") !== length)
      return wholeFault(`record ${answer.recordId} has data that is no base64`);
    documents[index] = slab.subarray(offset, offset + length);
    offset += length;
  }
  return documents;
}

function wholeFault(message: string): AnswerFault {
  return { code: "Lambda.FunctionError", message, records: [] };
}
