import {
  FlowTransform,
  type ParkedFlow,
  type PutBack,
  type PutBackRecord,
  type Transformation,
  type TransformationRecord,
  type TransformSettings,
} from "@tributary/transform";
import { type Content, documentsOf, eventOf, type OcsfDocument, record, settings } from "./transform-event.js";

export interface LoopOptions {
  readonly overrides?: Partial<TransformSettings>;
  /** A batch is closed before its base64 exceeds this. */
  readonly batchBytes?: number;
  /** Which put-back the stream takes; all by default. */
  readonly accepts?: (record: PutBackRecord, number: number) => boolean;
  readonly onInvocation?: (records: readonly TransformationRecord[], transformation: Transformation) => void;
}

/** What a stream came to when nothing was left on it. */
export interface LoopResult {
  readonly documents: readonly OcsfDocument[];
  readonly parked: readonly ParkedFlow[];
  readonly skipped: number;
  readonly failed: readonly TransformationRecord[];
  readonly putBack: readonly PutBackRecord[];
  readonly invocations: number;
}

const MOST_INVOCATIONS = 20_000;

/** A delivery stream in miniature: batches records, has them transformed and takes put-backs to its end, until it is empty. */
export async function runUntilQuiet(contents: readonly Content[], options: LoopOptions = {}): Promise<LoopResult> {
  const { overrides = {}, batchBytes = 280_000, accepts = () => true, onInvocation } = options;
  let number = 0;
  const queue: TransformationRecord[] = contents.map((content) => record(`r${number++}`, content));
  const putBack: PutBackRecord[] = [];
  const stream: PutBack = {
    async put(_, records) {
      return records.map((one, index) => {
        if (!accepts(one, putBack.length + index)) return false;
        putBack.push(one);
        queue.push(record(`r${number++}`, one.data));
        return true;
      });
    },
  };
  const transform = new FlowTransform(settings(overrides), stream);
  const documents: OcsfDocument[] = [];
  const parked: ParkedFlow[] = [];
  const failed: TransformationRecord[] = [];
  let skipped = 0;
  let invocations = 0;
  while (queue.length > 0) {
    if (++invocations > MOST_INVOCATIONS) throw new Error("the stream does not come to rest");
    const batch = [queue.shift() as TransformationRecord];
    let bytes = batch[0]?.data.length ?? 0;
    for (let next = queue[0]; next !== undefined && bytes + next.data.length <= batchBytes; next = queue[0]) {
      bytes += next.data.length;
      batch.push(next);
      queue.shift();
    }
    const transformation = await transform.transform(eventOf(batch));
    onInvocation?.(batch, transformation);
    transformation.response.records.forEach((answer, index) => {
      documents.push(...documentsOf(answer));
      const own = batch[index];
      if (answer.result === "ProcessingFailed" && own !== undefined) failed.push(own);
    });
    for (const outcome of transformation.outcomes) {
      parked.push(...outcome.parked);
      for (const count of Object.values(outcome.skipped)) skipped += count;
    }
  }
  return { documents, parked, skipped, failed, putBack, invocations };
}
