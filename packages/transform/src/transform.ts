import { ConfigurationError, isAccountId, MARK_PREFIX_BASE64, markOf, readPayload } from "@tributary/flow";
import { AzureTransform } from "./azure-transform.js";
import { base64Of } from "./base64-texts.js";
import type { TransformationEvent, TransformationRecord, TransformationResponse, TransformedRecord } from "./event.js";
import { LineTransform, type StreamContext } from "./line-transform.js";
import { type PlainAnswer, plainAnswers } from "./plain-records.js";
import type { PutBack, PutBackRecord } from "./put-back.js";
import { failedOutcome, flowsOf, putBackParts, putBackWhole, type Work } from "./put-back-plan.js";
import { Rendering } from "./rendering.js";
import { type InvocationReport, ONE_DELIVERED, type RecordOutcome, sumOutcomes } from "./report.js";
import type { TransformSettings } from "./settings.js";
import { answerBytes, bareAnswerBytes, SizeBudget } from "./size-budget.js";

/** The answer to a transformation event, and what became of every flow in it. */
export interface Transformation {
  readonly response: TransformationResponse;
  readonly outcomes: readonly RecordOutcome[];
  readonly report: InvocationReport;
}

// Every JSON object starts with the same two digits of base64. This one differs between marked records and most others.
const TELLING_DIGIT = 3;
const MARK_DIGIT = MARK_PREFIX_BASE64.charCodeAt(TELLING_DIGIT);
/** Records that are looked at together; their flows and documents fit the processor's caches. */
const PLAIN_BATCH = 64;

/**
 * The Firehose transformation: flow-log records in, OCSF documents out, within the response budget. One instance serves all
 * invocations of a process.
 */
export class FlowTransform {
  readonly #settings: TransformSettings;
  readonly #putBack: PutBack;
  readonly #lines: LineTransform;
  readonly #azure: AzureTransform;

  constructor(settings: TransformSettings, putBack: PutBack) {
    this.#settings = settings;
    this.#putBack = putBack;
    this.#lines = new LineTransform(settings);
    this.#azure = new AzureTransform(settings);
  }

  /**
   * Answers every record of the event exactly once. Records that were put back most often come first, so that none waits forever;
   * what no longer fits the response goes back on the stream.
   */
  async transform(event: TransformationEvent): Promise<Transformation> {
    const { records } = event;
    const stream = this.#streamContext(event);
    const reservations = records.map(({ recordId, data }) =>
      bareAnswerBytes(recordId, "ProcessingFailed", data.length),
    );
    const budget = new SizeBudget(this.#settings.responseBudgetBytes, reservations);
    if (budget.committed > this.#settings.responseBudgetBytes) {
      throw new ConfigurationError(
        "batch-too-large",
        `the batch of ${budget.committed} bytes could not even be answered: set the stream's processing buffer to 0.2 MB`,
      );
    }
    const answers = new Array<TransformedRecord | undefined>(records.length);
    const outcomes = new Array<RecordOutcome | undefined>(records.length);
    const waiting: { work: Work; putBacks: readonly PutBackRecord[]; putBackFlows: number; inline: boolean }[] = [];

    const order = inPutBackOrder(records);
    let plainOnes: readonly (PlainAnswer | undefined)[] = [];
    for (let position = 0; position < order.length; position++) {
      if (position % PLAIN_BATCH === 0) {
        const batch = order.slice(position, position + PLAIN_BATCH).map((next) => records[next]);
        plainOnes = plainAnswers(batch, this.#lines);
      }
      const index = order[position] ?? 0;
      const record = records[index];
      if (record === undefined) continue;
      const plain = plainOnes[position % PLAIN_BATCH];
      if (plain !== undefined) {
        const bytes = answerBytes(record.recordId, plain.bytes, plain.account, plain.day);
        if (budget.take(bytes, reservations[index] ?? 0)) {
          answers[index] = ok(record, plain.data, plain);
          outcomes[index] = ONE_DELIVERED;
          continue;
        }
      }
      const work = this.#render(record, index, reservations[index] ?? 0, stream);
      const { rendering } = work;
      const { documents, parked, elsewhere } = rendering;
      if (documents === 0) {
        // Nothing to deliver: wholly parked records fail with their data, wholly skipped ones are dropped.
        const failed = parked !== undefined;
        answers[index] = failed ? processingFailed(record) : dropped(record);
        if (!failed) budget.take(bareAnswerBytes(record.recordId, "Dropped", 0), work.reservation);
        outcomes[index] = outcomeOf(work, 0, 0);
        continue;
      }
      const bytes = answerBytes(record.recordId, rendering.text.length, rendering.account, rendering.day);
      const isPart = parked !== undefined || elsewhere !== undefined;
      // Until the other parts are on the stream, the record may yet have to be answered with all its data.
      if (!budget.take(isPart ? Math.max(bytes, work.reservation) : bytes, work.reservation)) {
        waiting.push({
          work,
          putBacks: putBackWhole(work, bytes, budget.limitFor(work.reservation)),
          putBackFlows: flowsOf(work),
          inline: false,
        });
      } else if (isPart) {
        const { putBacks, flows } = putBackParts(work);
        waiting.push({ work, putBacks, putBackFlows: flows, inline: true });
      } else {
        answers[index] = ok(record, base64Of([rendering.text])[0] ?? "", rendering);
        outcomes[index] = outcomeOf(work, documents, 0);
      }
    }

    const putBacks = waiting.flatMap((entry) => entry.putBacks);
    // Taken before anything is waited for, so that another event's failures are not among them.
    const contextFailures = this.#lines.takeContextFailures();
    const { accepted, failure } = await this.#tryPutBack(event.deliveryStreamArn, putBacks);
    let next = 0;
    for (const { work, putBacks: own, putBackFlows, inline } of waiting) {
      const { record, rendering, index, reservation } = work;
      const bytes = answerBytes(record.recordId, rendering.text.length, rendering.account, rendering.day);
      const all = own.length > 0 && own.every((_, offset) => accepted[next + offset] === true);
      next += own.length;
      if (!all) {
        // Some parts may be on the stream already: their second copy has the same uid.
        if (inline) budget.take(reservation, Math.max(bytes, reservation));
        answers[index] = processingFailed(record);
        outcomes[index] = failedOutcome(work, own.length === 0);
      } else if (inline) {
        budget.take(bytes, Math.max(bytes, reservation));
        answers[index] = ok(record, base64Of([rendering.text])[0] ?? "", rendering);
        outcomes[index] = outcomeOf(work, rendering.documents, putBackFlows);
      } else {
        budget.take(bareAnswerBytes(record.recordId, "Dropped", 0), reservation);
        answers[index] = dropped(record);
        outcomes[index] = { delivered: 0, skipped: {}, parked: [], putBack: putBackFlows };
      }
    }

    const complete = outcomes.filter((outcome) => outcome !== undefined);
    return {
      response: { records: answers.filter((answer) => answer !== undefined) },
      outcomes: complete,
      report: sumOutcomes(complete, {
        responseBytes: budget.committed,
        ...contextFailures,
        ...(failure === undefined ? {} : { putBackFailure: failure }),
      }),
    };
  }

  /** Which were accepted: none if that throws, since the finished documents of all other records must not be lost with them. */
  async #tryPutBack(
    deliveryStreamArn: string,
    putBacks: readonly PutBackRecord[],
  ): Promise<{ readonly accepted: readonly boolean[]; readonly failure?: string }> {
    if (putBacks.length === 0) return { accepted: [] };
    try {
      return { accepted: await this.#putBack.put(deliveryStreamArn, putBacks) };
    } catch (error) {
      return { accepted: [], failure: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    }
  }

  #streamContext({ deliveryStreamArn }: TransformationEvent): StreamContext {
    const account = this.#settings.accountFromStream ? deliveryStreamArn.split(":")[4] : undefined;
    return { account: isAccountId(account) ? account : undefined };
  }

  #render(record: TransformationRecord, index: number, reservation: number, stream: StreamContext): Work {
    const { recordId, approximateArrivalTimestamp: time } = record;
    const payload = readPayload(Buffer.from(record.data, "base64"), { recordId, time });
    const rendering = new Rendering();
    const work = { index, record, rendering, reservation, mark: "mark" in payload ? payload.mark : undefined };
    switch (payload.kind) {
      case "lines":
        this.#lines.render(payload.batch, rendering, stream, time);
        return { ...work, source: payload };
      case "azure":
        this.#azure.render(payload.record, rendering, time);
        return { ...work, source: payload };
      case "skipped":
        rendering.skip(payload.skipped.reason, payload.count);
        return { ...work, source: undefined };
      case "parked": {
        const { reason, message, raw } = payload.parked;
        rendering.park(reason, message, raw, `firehose:${recordId}`, 0);
        return { ...work, source: undefined };
      }
    }
  }
}

/** Indexes of the records, those put back most often first, otherwise as they came. */
function inPutBackOrder(records: readonly TransformationRecord[]): readonly number[] {
  const order = records.map((_, index) => index);
  const attempts = records.map(({ data }) => (isMarked(data) ? attemptOf(data) : 0));
  if (attempts.every((attempt) => attempt === 0)) return order;
  return order.sort((a, b) => (attempts[b] ?? 0) - (attempts[a] ?? 0) || a - b);
}

/** One digit answers most times, at a tenth of the price. */
function isMarked(data: string): boolean {
  return data.charCodeAt(TELLING_DIGIT) === MARK_DIGIT && data.startsWith(MARK_PREFIX_BASE64);
}

// The mark stands at the very beginning and is shorter than this many bytes.
const MARK_BYTES = 144;

function attemptOf(data: string): number {
  const head = Buffer.from(data.slice(0, (MARK_BYTES / 3) * 4), "base64").toString("latin1");
  const end = head.indexOf("}");
  try {
    return markOf(JSON.parse(`${head.slice(0, end + 1)}}`) as Record<string, unknown>)?.attempt ?? 0;
  } catch {
    return 0;
  }
}

function outcomeOf({ rendering }: Work, delivered: number, putBack: number): RecordOutcome {
  return {
    delivered,
    skipped: rendering.skipped ?? {},
    // Parked flows of a record that is delivered in part return alone and are counted then.
    parked: delivered > 0 ? [] : (rendering.parked ?? []),
    putBack,
  };
}

/**
 * The answer for a record whose documents are delivered. A class, since V8 would soon place literals of so many in old space, where they
 * keep all texts of past events until the next full collection; without it the transformation takes a fifth longer.
 */
class Delivered implements TransformedRecord {
  readonly result = "Ok";

  constructor(
    readonly recordId: string,
    readonly data: string,
    readonly metadata: { readonly partitionKeys: Readonly<Record<string, string>> },
  ) {}
}

let lastMetadata = { partitionKeys: { accountId: "", eventDay: "" } };

/** Where the documents of a record belong. */
interface Partition {
  readonly account: string;
  readonly day: string;
}

function ok({ recordId }: TransformationRecord, data: string, { account, day }: Partition): TransformedRecord {
  const { accountId, eventDay } = lastMetadata.partitionKeys;
  if (account !== accountId || day !== eventDay)
    lastMetadata = { partitionKeys: { accountId: account, eventDay: day } };
  return new Delivered(recordId, data, lastMetadata);
}

function dropped({ recordId }: TransformationRecord): TransformedRecord {
  return { recordId, result: "Dropped", data: "" };
}

function processingFailed({ recordId, data }: TransformationRecord): TransformedRecord {
  return { recordId, result: "ProcessingFailed", data };
}
