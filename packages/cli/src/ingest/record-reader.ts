import { packLineBatch } from "@tributary/delivery";
import {
  type Arrival,
  COMMON_FORMATS,
  type LineBatch,
  LineMatcher,
  type PackedAzureRecord,
  Parked,
  type Payload,
  readPayload,
  selectMatchingTuples,
  splitObjects,
  tupleCount,
} from "@tributary/flow";
import type { ByteSource } from "./byte-source.js";
import type { FlowReader, ReadContext, ReadParked, ReadRecord, ReadStep } from "./flow-reader.js";
import { UnreadableInput } from "./input-problem.js";
import { MAX_LINE_BYTES } from "./line-chunks.js";
import { objectChunks } from "./object-chunks.js";

/** Decoded Firehose records, `{"message":"<line>"}`, one a line or glued together. */
export const readFirehoseRecords: FlowReader = async function* (source, from, context) {
  const matcher = matcherOf(context);
  for await (const { lines, first, ...position } of objectChunks(source, from)) {
    const step = new StepBuilder(context, matcher);
    lines.forEach((line, index) => {
      if (line.trim() === "") return;
      const data = Buffer.from(line);
      const lineNumber = first + index;
      if (data.length < MAX_LINE_BYTES) {
        step.addPayload(readPayload(data, { recordId: String(lineNumber), time: 0 }), lineNumber, data);
        return;
      }
      const message = `${data.length} bytes and more without the end of a record, but Firehose takes 1,000 KiB: check what wrote this`;
      step.park(new Parked("too-large", message, line), lineNumber);
    });
    yield { ...step.result(), ...position };
  }
};

/** A recorded transformation event: base64 records with their ids and arrival times. */
export const readFirehoseEvent: FlowReader = async function* (source, _from, context) {
  const { text, length } = await whole(source);
  const event = parse(text);
  const records = isObject(event) && Array.isArray(event["records"]) ? (event["records"] as unknown[]) : [];
  const step = new StepBuilder(context, matcherOf(context));
  records.forEach((record, index) => {
    const { recordId, approximateArrivalTimestamp: time, data } = isObject(record) ? record : {};
    if (typeof recordId !== "string" || typeof data !== "string" || typeof time !== "number") {
      const message = `record ${index} has no recordId, data or approximateArrivalTimestamp`;
      step.park(new Parked("bad-record", message, JSON.stringify(record)), index);
      return;
    }
    const arrival = { recordId, time };
    const content = Buffer.from(data, "base64");
    step.addPayload(readPayload(content, arrival), index, content, arrival);
  });
  yield { ...step.result(), position: length, line: records.length, details: {} };
};

/** CloudWatch Logs subscription envelopes, one after the other, as Firehose writes them into one object. */
export const readLogsEnvelopes: FlowReader = async function* (source, _from, context) {
  const { text, length } = await whole(source);
  const step = new StepBuilder(context, matcherOf(context));
  const envelopes = splitObjects(text.replace(/^\uFEFF/, ""))?.map((envelope) => JSON.stringify(envelope)) ?? [text];
  envelopes.forEach((envelope, index) => {
    const data = Buffer.from(envelope);
    step.addPayload(readPayload(data, { recordId: context.key, time: 0 }), index, data);
  });
  yield { ...step.result(), position: length, line: envelopes.length, details: {} };
};

function matcherOf({ match, formats }: ReadContext): LineMatcher | undefined {
  return match === undefined ? undefined : LineMatcher.of(match, formats ?? COMMON_FORMATS);
}

/** Gathers what payloads give, packed under the input's own key, so that a line's identity does not depend on the run. */
class StepBuilder {
  readonly #records: ReadRecord[] = [];
  readonly #parked: ReadParked[] = [];
  #notMatched = 0;

  constructor(
    private readonly context: ReadContext,
    private readonly matcher: LineMatcher | undefined,
  ) {}

  /** `content` is what the payload was read from; without an `arrival` its lines have no arrival time. */
  addPayload(payload: Payload, position: number, content: Uint8Array, arrival?: Arrival): void {
    switch (payload.kind) {
      case "lines":
        this.#addLines(this.#placed(this.#identified(payload.batch, position, arrival), position), position);
        break;
      case "azure":
        this.#addTuples(this.#placed(payload.record, position));
        break;
      case "skipped":
        // The transformation skips it again, and counts it.
        this.#records.push({ data: content, flows: payload.count });
        break;
      case "parked":
        this.park(payload.parked, position);
        break;
    }
  }

  #addTuples(packed: PackedAzureRecord): void {
    const { match } = this.context;
    const { record, notMatched } =
      match === undefined ? { record: packed, notMatched: 0 } : selectMatchingTuples(packed, match);
    this.#notMatched += notMatched;
    if (record !== undefined) this.#records.push({ data: JSON.stringify(record), flows: tupleCount(record) });
  }

  #addLines(all: LineBatch, position: number): void {
    const { account } = this.context;
    const { batch, notMatched } = this.matcher?.select(all, account) ?? { batch: all, notMatched: 0 };
    this.#notMatched += notMatched;
    if (batch === undefined) return;
    for (const packing of packLineBatch(batch, this.context.responseBudgetBytes, this.context.contextBytes)) {
      if (packing.kind === "packed") this.#records.push(packing);
      else this.park(packing.parked, position);
    }
  }

  park(parked: Parked, position: number): void {
    this.#parked.push({ parked, position });
  }

  result(): Pick<ReadStep, "records" | "parked" | "skipped"> {
    const skipped = this.#notMatched === 0 ? {} : { skipped: { "not-matched": this.#notMatched } };
    return { records: this.#records, parked: this.#parked, ...skipped };
  }

  /** With where it stands, if that is to be said: ids and offsets are those of the place that it was recorded from. */
  #placed<T extends LineBatch | PackedAzureRecord>(content: T, sourceLine: number): T {
    const { source } = this.context;
    return source === undefined ? content : { ...content, source, sourceLine };
  }

  #identified(batch: LineBatch, position: number, arrival: Arrival | undefined): LineBatch {
    if (arrival !== undefined || batch.timeBasis !== "arrival") return batch;
    const { time: _time, timeBasis, ...rest } = batch;
    const ids = batch.ids.length === 1 ? [position] : batch.ids.map((id) => `${position}.${id}`);
    const { key, arrivalTime } = this.context;
    return { ...rest, key, ids, ...(arrivalTime === undefined ? {} : { time: arrivalTime, timeBasis }) };
  }
}

// A CloudWatch Logs record or a Lambda request is at most 6 MB; whoever saved one saved it whole.
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;

async function whole(source: ByteSource): Promise<{ readonly text: string; readonly length: number }> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of source.chunks(0)) {
    length += chunk.length;
    if (length > MAX_DOCUMENT_BYTES) {
      throw new UnreadableInput(
        "not-flow-logs",
        "it is one JSON document of more than 64 MB: split it into its records",
      );
    }
    parts.push(chunk);
  }
  return { text: Buffer.concat(parts).toString("utf8"), length };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UnreadableInput("cut-off", `its JSON does not parse (${(error as Error).message}): fetch the file again`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
