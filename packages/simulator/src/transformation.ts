import { TributaryError } from "@tributary/flow";
import type { TransformationEvent, TransformationResponse, TransformedRecord } from "@tributary/transform";
import type { RecordFailure } from "./error-output.js";
import type { Measurements } from "./measurements.js";
import type { ObjectNames } from "./object-key.js";
import type { Batch } from "./processing-buffer.js";
import { sequenceOf, toBase64 } from "./record.js";
import { responseBytes } from "./response-size.js";
import { INVOCATION_PAYLOAD_BYTES_MAX, PROCESSING_RETRIES_DEFAULT } from "./service-limits.js";
import type { InvocationContext, Processor } from "./stream-options.js";
import { type AnswerFault, alignAnswer, decodeAnswers } from "./transformation-answer.js";

/** What became of a batch. Arrays are in the order of its records. */
export type BatchOutcome =
  | {
      readonly kind: "answered";
      readonly answers: readonly (TransformedRecord | undefined)[];
      /** Decoded data of the `Ok` answers. */
      readonly documents: readonly (Uint8Array | undefined)[];
      /** Failures of records that have no valid answer. */
      readonly failures: ReadonlyMap<number, RecordFailure>;
      readonly attempts: number;
    }
  | { readonly kind: "failed"; readonly failure: RecordFailure };

/** Invokes the processor for a batch, with retries, and checks its answer. */
export class Transformation<Tag> {
  readonly #maxAttempts: number;
  readonly #failRecords: boolean;
  /** Tags asked for by invocations under way, which is how a put-back shows. */
  readonly #askedTags = new Set<Set<Tag>>();

  constructor(
    private readonly processor: Processor<Tag>,
    private readonly stream: { readonly arn: string; readonly region: string },
    private readonly names: ObjectNames,
    private readonly measurements: Measurements,
  ) {
    this.#maxAttempts = 1 + (processor.retries ?? PROCESSING_RETRIES_DEFAULT);
    this.#failRecords = processor.malformedAnswers === "fail-records";
  }

  isPutBack(tag: Tag): boolean {
    for (const tags of this.#askedTags) if (tags.has(tag)) return true;
    return false;
  }

  /** Never rejects: whatever the processor throws becomes a failure. */
  async invoke(batch: Batch<Tag>): Promise<BatchOutcome> {
    const { measurements } = this;
    measurements.batchRecords.add(batch.records.length);
    measurements.requestBytesMax = Math.max(measurements.requestBytesMax, batch.requestBytes);
    const records = batch.records.map((record) => ({
      recordId: record.recordId,
      approximateArrivalTimestamp: record.arrivedAt,
      data: toBase64(record.data),
    }));
    let fault: AnswerFault | undefined;
    for (let attempt = 1; attempt <= this.#maxAttempts; attempt++) {
      measurements.invocations++;
      if (attempt > 1) measurements.retries++;
      const event = {
        invocationId: this.names.uuid(),
        deliveryStreamArn: this.stream.arn,
        region: this.stream.region,
        records,
      };
      const outcome = await this.#attempt(event, batch, attempt);
      if ("kind" in outcome) return outcome;
      fault = outcome;
    }
    return {
      kind: "failed",
      failure: failureOf(fault ?? functionError("no attempt was made"), this.#maxAttempts),
    };
  }

  async #attempt(event: TransformationEvent, batch: Batch<Tag>, attempt: number): Promise<BatchOutcome | AnswerFault> {
    const asked = new Set<Tag>();
    this.#askedTags.add(asked);
    let answer: TransformationResponse;
    try {
      answer = await this.processor.invoke(event, contextOf(batch, asked));
    } catch (error) {
      const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
      if (name === "TimeoutError") this.measurements.timeouts++;
      return functionError(`The function failed with ${name}: ${message}`);
    } finally {
      this.#askedTags.delete(asked);
    }
    return this.#judge(answer, batch, attempt);
  }

  #judge(answer: TransformationResponse, batch: Batch<Tag>, attempts: number): BatchOutcome | AnswerFault {
    if (Array.isArray(answer?.records)) {
      const bytes = responseBytes(answer);
      this.measurements.responseBytesMax = Math.max(this.measurements.responseBytesMax, bytes);
      if (bytes > INVOCATION_PAYLOAD_BYTES_MAX) {
        this.measurements.responsesTooLarge++;
        return functionError(
          `The response has ${bytes} bytes. Return at most ${INVOCATION_PAYLOAD_BYTES_MAX} bytes of JSON.`,
        );
      }
    }
    const { answers, faults } = alignAnswer(answer, batch);
    const [fault] = faults;
    if (fault && !this.#failRecords) return fault;
    const documents = decodeAnswers(answers);
    if ("code" in documents) return documents;
    const failures = new Map<number, RecordFailure>();
    for (const { code, message, records } of faults) {
      for (const index of records) failures.set(index, failureOf({ code, message }, attempts));
    }
    return { kind: "answered", answers, documents, failures, attempts };
  }
}

function contextOf<Tag>(batch: Batch<Tag>, asked: Set<Tag>): InvocationContext<Tag> {
  const first = sequenceOf(batch.records[0]?.recordId ?? "");
  return {
    tagOf(recordId) {
      const record = batch.records[sequenceOf(recordId) - first];
      if (!record) {
        throw new TributaryError(
          "unknown-record",
          `record "${recordId}" is not in this batch: ask for recordIds of the event`,
        );
      }
      asked.add(record.tag);
      return record.tag;
    },
  };
}

function functionError(message: string): AnswerFault {
  return { code: "Lambda.FunctionError", message, records: [] };
}

function failureOf(fault: Pick<AnswerFault, "code" | "message">, attempts: number): RecordFailure {
  return { type: "processing-failed", code: fault.code, message: fault.message, attempts };
}
