import {
  type LineBatch,
  type PackedAzureRecord,
  type PackedMark,
  packLines,
  selectLines,
  selectTuples,
} from "@tributary/flow";
import { documentBytes, provenanceBytes } from "@tributary/ocsf";
import type { TransformationRecord } from "./event.js";
import { MAX_FIREHOSE_RECORD_BYTES, paddedRecord } from "./firehose-record.js";
import { MAX_PUT_BACKS, MAX_SPLITS, type PutBackRecord } from "./put-back.js";
import type { Rendering } from "./rendering.js";
import type { ParkedFlow, RecordOutcome } from "./report.js";

/** A record's flows, so that some of them can be put back without changing their identity. */
export type Source =
  | { readonly kind: "lines"; readonly batch: LineBatch }
  | { readonly kind: "azure"; readonly record: PackedAzureRecord };

/** A record of the event with its documents. */
export interface Work {
  readonly index: number;
  readonly record: TransformationRecord;
  readonly rendering: Rendering;
  /** Absent when nothing of the record could be read, so that there is nothing to deliver or put back. */
  readonly source: Source | undefined;
  readonly mark: PackedMark | undefined;
  /** Bytes reserved for answering `ProcessingFailed`. */
  readonly reservation: number;
}

/** How many flows a record holds; one when it could not be read. */
export function flowsOf({ source }: Work): number {
  if (source === undefined) return 1;
  return source.kind === "lines"
    ? source.batch.lines.length
    : source.record.groups.reduce((sum, group) => sum + group.tuples.length, 0);
}

/**
 * The records to put back for one that does not fit: itself, marked, when only this batch is full, or its pieces when its answer of
 * `bytes` exceeds the `limit` alone. Empty once it was put back or split too often, or cannot be split.
 */
export function putBackWhole(work: Work, bytes: number, limit: number): PutBackRecord[] {
  const positions = Array.from({ length: flowsOf(work) }, (_, position) => position);
  if (bytes <= limit) {
    const attempt = (work.mark?.attempt ?? 0) + 1;
    return attempt > MAX_PUT_BACKS ? [] : putBackRecord(work, positions, { attempt });
  }
  const splits = (work.mark?.splits ?? 0) + 1;
  if (splits > MAX_SPLITS || positions.length < 2) return [];
  // Halved as often as its measured size asks, at once: each further round trip through the stream would cost one of the three tries.
  let pieces = 2;
  while (bytes / pieces > limit / 4 && pieces < positions.length) pieces *= 2;
  const size = Math.ceil(positions.length / pieces);
  return Array.from({ length: Math.ceil(positions.length / size) }, (_, piece) =>
    putBackRecord(work, positions.slice(piece * size, (piece + 1) * size), { splits }),
  ).flat();
}

/** The flows of a record that cannot be answered in place: other partitions each on their own, parked ones together. */
export function putBackParts(work: Work): { readonly putBacks: readonly PutBackRecord[]; readonly flows: number } {
  const { parkedAt, elsewhere } = work.rendering;
  const parts = [...(elsewhere?.values() ?? []), ...(parkedAt === undefined ? [] : [parkedAt])];
  return {
    putBacks: parts.flatMap((positions) => putBackRecord(work, positions, {})),
    flows: parts.reduce((sum, positions) => sum + positions.length, 0),
  };
}

function putBackRecord(work: Work, positions: readonly number[], counts: Partial<PackedMark>): PutBackRecord[] {
  const { record, source, mark } = work;
  const { attempt, splits } = { ...mark, ...counts };
  const marked = {
    // A replayed or probing record stays one.
    origin: mark?.origin ?? ("reput" as const),
    ...(attempt === undefined ? {} : { attempt }),
    ...(splits === undefined ? {} : { splits }),
  };
  if (source === undefined) return [];
  const data =
    source.kind === "lines"
      ? packLines(selectLines(source.batch, positions), marked)
      : packTuples(source.record, positions, marked);
  // What came compressed may be longer than Firehose takes; that is no fault of the answer, so it costs no split.
  if (Buffer.byteLength(data) > MAX_FIREHOSE_RECORD_BYTES && positions.length > 1) {
    const half = Math.ceil(positions.length / 2);
    return [positions.slice(0, half), positions.slice(half)].flatMap((part) => putBackRecord(work, part, counts));
  }
  return [{ recordId: record.recordId, data }];
}

/** A packed record of the tuples at the given positions, padded like those that the blob reader packs. */
function packTuples(record: PackedAzureRecord, positions: readonly number[], mark: Partial<PackedMark>): string {
  const wanted = new Set(positions);
  let position = 0;
  const part = selectTuples(record, () => wanted.has(position++));
  const text = JSON.stringify({ ...part, tributary: { v: 1, kind: "azure", ...mark } });
  const addedBytes = 1 + provenanceBytes(record.source);
  const expected = (part?.groups ?? []).reduce(
    (sum, group) => sum + (documentBytes(record.header, group) + addedBytes) * group.tuples.length,
    0,
  );
  return paddedRecord(text, expected);
}

/** All flows of a record as parked, because it could not be put back. */
export function failedOutcome({ record: { recordId, data }, source }: Work, atLimit: boolean): RecordOutcome {
  const message = atLimit
    ? `it did not fit a response, even after ${MAX_PUT_BACKS} put-backs or ${MAX_SPLITS} splits: set the processing buffer to 0.2 MB and replay it`
    : "the delivery stream did not take it back: check firehose:PutRecordBatch and the stream's limits, then replay it";
  const parked = (raw: string, position: string): ParkedFlow => ({ reason: "put-back-limit", message, raw, position });
  const all = (): ParkedFlow[] => {
    switch (source?.kind) {
      case undefined:
        return [parked(data, `firehose:${recordId}`)];
      case "lines":
        return source.batch.lines.map((line, index) => parked(line, `${source.batch.key}#${source.batch.ids[index]}`));
      case "azure": {
        const { blob, offset, groups } = source.record;
        return groups.flatMap(({ flow, group, first, tuples }) =>
          tuples.map((text, index) => parked(text, `${blob}@${offset}/${flow}/${group}/${first + index}`)),
        );
      }
    }
  };
  return { delivered: 0, skipped: {}, parked: all(), putBack: 0 };
}
