import { type LineBatch, packLines } from "@tributary/flow";

/** One packed Firehose record. */
export interface PackedLines {
  readonly data: string;
  readonly flows: number;
}

/** Upper estimate of the OCSF JSON that a line becomes: a fixed frame, and each value once or twice with its name. */
const DOCUMENT_FRAME_BYTES = 1000;
const DOCUMENT_BYTES_PER_CHARACTER = 2.5;
/** As for Azure's packed records: one record's share of the response budget. */
const BUDGET_SHARE = 0.04;

/**
 * Packs lines into Firehose records of at most 4 % of the response budget when expanded. A line is at least a twenty-fifth of its
 * document in base64, so no padding is needed for a batch of 0.2 MB to fit.
 */
export function* packLineBatch(batch: LineBatch, responseBudgetBytes: number): Generator<PackedLines> {
  const documentBudget = (responseBudgetBytes * BUDGET_SHARE * 3) / 4;
  const { ids, lines, time } = batch;
  let from = 0;
  let expected = 0;
  for (let at = 0; at <= lines.length; at++) {
    const line = lines[at];
    const bytes = line === undefined ? 0 : DOCUMENT_FRAME_BYTES + line.length * DOCUMENT_BYTES_PER_CHARACTER;
    if (at > from && (line === undefined || expected + bytes > documentBudget)) {
      const part: LineBatch = {
        ...batch,
        ids: ids.slice(from, at),
        lines: lines.slice(from, at),
        ...(typeof time === "object" ? { time: time.slice(from, at) } : {}),
      };
      yield { data: packLines(part), flows: at - from };
      from = at;
      expected = 0;
    }
    expected += bytes;
  }
}
