import { type LineBatch, Parked, packLines } from "@tributary/flow";
import { MAX_FIREHOSE_RECORD_BYTES, packedDocumentBudget, paddedRecord, provenanceBytes } from "@tributary/transform";

/** A Firehose record of some lines, or a line that no Firehose record can hold, with its id in the batch. */
export type LinePacking =
  | { readonly kind: "packed"; readonly data: string; readonly flows: number }
  | { readonly kind: "parked"; readonly parked: Parked; readonly id: number | string };

/** Upper estimate of the OCSF JSON that a line becomes: a fixed frame, and each value once or twice with its name. */
const DOCUMENT_FRAME_BYTES = 1000;
const DOCUMENT_BYTES_PER_CHARACTER = 2.5;

/**
 * Packs lines into Firehose records of at most 4 % of the response budget when expanded: every line once and in order. `contextBytes` is
 * what the inventory adds to each document. Records are padded, where lines are short, so that a batch of 0.2 MB fits its answer. A
 * line that exceeds 1,000 KiB with its delivery is parked (`too-large`).
 */
export function* packLineBatch(
  batch: LineBatch,
  responseBudgetBytes: number,
  contextBytes = 0,
): Generator<LinePacking> {
  const documentBudget = packedDocumentBudget(responseBudgetBytes);
  const { lines } = batch;
  const frameBytes = DOCUMENT_FRAME_BYTES + contextBytes + provenanceBytes(batch.source);
  let from = 0;
  let expected = 0;
  for (let at = 0; at <= lines.length; at++) {
    const line = lines[at];
    const bytes = line === undefined ? 0 : frameBytes + line.length * DOCUMENT_BYTES_PER_CHARACTER;
    if (at > from && (line === undefined || expected + bytes > documentBudget)) {
      yield* packed(batch, from, at, expected);
      from = at;
      expected = 0;
    }
    expected += bytes;
  }
}

/** The lines from one index up to another, in one record; in halves should they be too many for one. */
function* packed(batch: LineBatch, from: number, to: number, documentBytes: number): Generator<LinePacking> {
  const { ids, lines, time } = batch;
  const data = packLines({
    ...batch,
    ids: ids.slice(from, to),
    lines: lines.slice(from, to),
    ...(typeof time === "object" ? { time: time.slice(from, to) } : {}),
  });
  const bytes = Buffer.byteLength(data);
  if (bytes <= MAX_FIREHOSE_RECORD_BYTES) {
    yield { kind: "packed", data: paddedRecord(data, documentBytes), flows: to - from };
  } else if (to - from > 1) {
    const middle = (from + to) >> 1;
    yield* packed(batch, from, middle, documentBytes / 2);
    yield* packed(batch, middle, to, documentBytes / 2);
  } else {
    const message = `${bytes} bytes with its header, but Firehose takes ${MAX_FIREHOSE_RECORD_BYTES}: check what wrote this line`;
    yield { kind: "parked", parked: new Parked("too-large", message, lines[from] ?? ""), id: ids[from] ?? from };
  }
}
