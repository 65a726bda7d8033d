import { join } from "node:path";
import { MAX_PUT_BYTES, MAX_PUT_RECORDS, putRecords } from "@tributary/delivery";
import { TributaryError } from "@tributary/flow";
import type { LakeStage } from "@tributary/lake";
import {
  DeliveryStream,
  type ErrorOutput,
  ManualClock,
  type ObjectDestination,
  type ObjectWriter,
  type RejectedDocument,
} from "@tributary/simulator";
import { FlowTransform, type ParkedFlow, type TransformSettings } from "@tributary/transform";
import { DocumentSpool, SpoolMemory } from "./document-spool.js";
import type { ReadRecord } from "./flow-reader.js";
import { count, type InputProgress, positionOf } from "./input-progress.js";

/** Buffering hints of the local stream, as for Firehose. */
export interface LocalBuffering {
  readonly processingBytes: number;
  readonly objectBytes: number;
}

export interface LocalStreamOptions {
  readonly region: string;
  readonly settings: TransformSettings;
  readonly buffering: LocalBuffering;
  /** Folder for the documents of objects that are not yet due. */
  readonly spoolFolder: string;
  /** Bytes of documents that may wait in memory. */
  readonly spoolBytes: number;
  /** Where the objects go. */
  readonly stage: LakeStage;
}

/** Reading waits for every conversion: a job is to keep one core busy, and others have the rest. */
const PENDING_LIMIT = 1;

/** Refused records are put again so often; the model refuses none, unless a fault test makes it. */
const PUT_ATTEMPTS = 3;

/**
 * The Firehose model with the transformation in front and the lake behind it. Records carry their input, so that every flow is counted
 * where it came from.
 */
export class LocalStream {
  readonly #stream: DeliveryStream<InputProgress>;
  readonly #transform: FlowTransform;
  readonly #memory: SpoolMemory;
  readonly #stage: LakeStage;
  readonly #failures = new Map<string, readonly ParkedFlow[]>();
  readonly #spoolFolder: string;
  #tagOf: (recordId: string) => InputProgress = () => {
    throw new TributaryError(
      "no-invocation",
      "nothing is being transformed: put records back only during an invocation",
    );
  };
  #spools = 0;
  #waiting: { data: Uint8Array; tag: InputProgress }[] = [];
  #waitingBytes = 0;
  /** Flows that were delivered without context, since explaining them failed, and the first reason. */
  contextFailures = 0;
  contextFailure: string | undefined = undefined;

  constructor(options: LocalStreamOptions) {
    const { region, settings, buffering, stage, spoolFolder, spoolBytes } = options;
    this.#spoolFolder = spoolFolder;
    this.#memory = new SpoolMemory(spoolBytes);
    this.#stage = stage;
    this.#transform = new FlowTransform(settings, {
      put: (_stream, records) =>
        putRecords(
          records.map(({ recordId, data }) => ({ data: Buffer.from(data), tag: this.#tagOf(recordId) })),
          (batch) => this.#stream.putRecordBatch(batch).requestResponses.map((answer) => "recordId" in answer),
          { attempts: PUT_ATTEMPTS, backOff: () => Promise.resolve() },
        ),
    });
    this.#stream = new DeliveryStream<InputProgress>({
      name: "tributary-flows",
      accountId: "000000000000",
      region,
      // Objects are due by size and at each commit; there is no arrival to wait for.
      clock: new ManualClock(0),
      enforceServiceLimits: false,
      prefix: `region=${region}/accountId=!{partitionKeyFromLambda:accountId}/eventDay=!{partitionKeyFromLambda:eventDay}/`,
      errorPrefix: "errors/!{firehose:error-output-type}/",
      dynamicPartitioning: { whenFull: "flush-oldest" },
      conversion: { extension: ".parquet" },
      s3: { bufferBytes: buffering.objectBytes, bufferSeconds: 900 },
      processor: {
        bufferBytes: buffering.processingBytes,
        bufferSeconds: 900,
        malformedAnswers: "fail-records",
        invoke: async (event, context) => {
          this.#tagOf = (recordId) => context.tagOf(recordId);
          const { response, outcomes, report } = await this.#transform.transform(event);
          this.contextFailures += report.contextFailures;
          this.contextFailure ??= report.contextFailure;
          for (const [index, outcome] of outcomes.entries()) {
            const recordId = event.records[index]?.recordId ?? "";
            const input = context.tagOf(recordId);
            input.delivered += outcome.delivered;
            for (const [reason, flows] of Object.entries(outcome.skipped)) count(input.skipped, reason, flows);
            if (outcome.parked.length > 0) this.#failures.set(recordId, outcome.parked);
          }
          return response;
        },
      },
      destination: this.#destination(),
      pendingLimit: PENDING_LIMIT,
    });
  }

  /** What waits for its conversion: bytes of documents in memory and on disk, and in how many files. */
  get waiting(): { readonly held: number; readonly spilled: number; readonly spools: number } {
    return this.#memory;
  }

  /** Puts records of one input; waits while too much is under way. */
  async put(records: readonly ReadRecord[], input: InputProgress): Promise<void> {
    for (const { data, flows } of records) {
      const bytes = typeof data === "string" ? Buffer.from(data) : data;
      input.read += flows;
      if (this.#waiting.length === MAX_PUT_RECORDS || this.#waitingBytes + bytes.length > MAX_PUT_BYTES)
        await this.#send();
      this.#waiting.push({ data: bytes, tag: input });
      this.#waitingBytes += bytes.length;
    }
    await this.#send();
  }

  /** Delivers everything that was put. */
  drain(): Promise<void> {
    return this.#stream.drain();
  }

  async #send(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const records = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    const { failedPutCount } = this.#stream.putRecordBatch(records);
    if (failedPutCount > 0) {
      throw new TributaryError(
        "put-refused",
        `the local stream refused ${failedPutCount} records: run the same command again`,
      );
    }
    await this.#stream.ready();
  }

  #destination(): ObjectDestination<InputProgress> {
    return {
      open: ({ accountId = "", eventDay = "" }) => this.#open({ accountId, eventDay }),
      putError: (output) => this.#park(output),
    };
  }

  #open(partition: { readonly accountId: string; readonly eventDay: string }): ObjectWriter<InputProgress> {
    const spool = new DocumentSpool(join(this.#spoolFolder, `object-${++this.#spools}.ndjson`), this.#memory);
    return {
      append: (data, input) => spool.append(data, input.number),
      close: async () => {
        const { path, ranges } = await spool.seal();
        const failed = await this.#stage.addDocuments(partition, path, ranges, { ordered: true });
        await spool.remove();
        return { rejected: failed.map((document) => rejected(document, spool)) };
      },
    };
  }

  /** Everything that Firehose would write below its error prefix. */
  #park({ type, document, tag: input, recordId }: ErrorOutput<InputProgress>): void {
    const raw = Buffer.from(document.rawData, "base64").toString("utf8");
    if (type === "format-conversion-failed") {
      input.delivered--;
      const message = "lastErrorMessage" in document ? document.lastErrorMessage : document.errorMessage;
      input.park({ reason: "conversion-failed", message, raw, position: 0 });
      return;
    }
    const parked = this.#failures.get(recordId);
    this.#failures.delete(recordId);
    if (parked === undefined) {
      const message = "errorMessage" in document ? document.errorMessage : document.lastErrorMessage;
      throw new TributaryError(
        "delivery-failed",
        `the local stream could not deliver a record of ${input.path}: ${message}`,
      );
    }
    for (const flow of parked) input.park({ ...flow, position: positionOf(flow) });
  }
}

function rejected(
  { ordinal, text, message }: { readonly ordinal: number; readonly text: string; readonly message: string },
  spool: DocumentSpool,
): RejectedDocument {
  return { ...spool.appendOf(ordinal), data: Buffer.from(text), code: "DataFormatConversion.MalformedData", message };
}
