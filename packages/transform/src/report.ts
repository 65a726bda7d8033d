import type { ParkReason, SkipReason } from "@tributary/flow";

/** One line or tuple that was parked: its text, where it stood and why. */
export interface ParkedFlow {
  readonly reason: ParkReason;
  readonly message: string;
  readonly raw: string;
  /** Within its source: `<file or stream>#<line>`, or `<blob>@<byte>/<flow>/<group>/<tuple>`. */
  readonly position: string;
}

/** What became of the flows of one record of an event. Outcomes stand in the order of the records. */
export interface RecordOutcome {
  readonly delivered: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly parked: readonly ParkedFlow[];
  /** Flows that went back on the stream and are counted when they return. */
  readonly putBack: number;
}

/** The outcome of almost every record, shared. */
export const ONE_DELIVERED: RecordOutcome = { delivered: 1, skipped: {}, parked: [], putBack: 0 };

/** The sum over an invocation: every flow read is delivered, skipped, parked or put back. */
export interface InvocationReport {
  readonly read: number;
  readonly delivered: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly parked: Readonly<Partial<Record<ParkReason, number>>>;
  readonly putBack: number;
  /** Bytes of the response's JSON. */
  readonly responseBytes: number;
  /** Explanations that failed: their flows are delivered without context. A flow that returns is explained again. */
  readonly contextFailures: number;
  /** Why the first of them failed. */
  readonly contextFailure?: string;
  /** Why nothing at all could be put back, if that failed: what was to go back is answered `ProcessingFailed`. */
  readonly putBackFailure?: string;
}

/** Adds up the outcomes of an invocation. */
export function sumOutcomes(
  outcomes: readonly RecordOutcome[],
  about: Omit<InvocationReport, "read" | "delivered" | "skipped" | "parked" | "putBack">,
): InvocationReport {
  let delivered = 0;
  let putBack = 0;
  let skippedTotal = 0;
  let parkedTotal = 0;
  const skipped: Partial<Record<SkipReason, number>> = {};
  const parked: Partial<Record<ParkReason, number>> = {};
  for (const outcome of outcomes) {
    delivered += outcome.delivered;
    putBack += outcome.putBack;
    if (outcome === ONE_DELIVERED) continue;
    for (const [reason, count] of Object.entries(outcome.skipped) as [SkipReason, number][]) {
      skipped[reason] = (skipped[reason] ?? 0) + count;
      skippedTotal += count;
    }
    for (const { reason } of outcome.parked) parked[reason] = (parked[reason] ?? 0) + 1;
    parkedTotal += outcome.parked.length;
  }
  return { read: delivered + putBack + skippedTotal + parkedTotal, delivered, skipped, parked, putBack, ...about };
}
