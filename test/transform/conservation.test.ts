import type { Transformation, TransformationRecord } from "@tributary/transform";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomRecords } from "../support/random-records.js";
import { runUntilQuiet } from "../support/stream-loop.js";
import { uidOfDocument } from "../support/transform-event.js";

const sorted = (texts: readonly string[]): string[] => [...texts].sort();

/** What must hold of every single invocation. */
function checkInvocation(
  records: readonly TransformationRecord[],
  { response, outcomes, report }: Transformation,
): void {
  expect(response.records.map(({ recordId }) => recordId)).toEqual(records.map(({ recordId }) => recordId));
  expect(outcomes).toHaveLength(records.length);
  response.records.forEach(({ result, data, metadata }, index) => {
    if (result === "ProcessingFailed") expect(data).toBe(records[index]?.data);
    if (result === "Dropped") expect(data).toBe("");
    expect(metadata !== undefined).toBe(result === "Ok");
  });
  expect(report.responseBytes).toBe(JSON.stringify(response).length);
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  expect(report.delivered + sum(report.skipped) + sum(report.parked) + report.putBack).toBe(report.read);
}

describe("a stream of random records, run until nothing is left on it", () => {
  it.each([
    ["with room for all", 5_500_000, 280_000, 20260420],
    ["with a budget of some twenty documents", 40_000, 12_000, 20260421],
    ["with a budget of hardly four documents", 9_000, 1_200, 20260422],
  ])("delivers every flow once, parks and skips the others, %s", async (_, responseBudgetBytes, batchBytes, seed) => {
    await fc.assert(
      fc.asyncProperty(randomRecords, async ({ contents, deliverable, parked, skipped }) => {
        const result = await runUntilQuiet(contents, {
          overrides: { responseBudgetBytes },
          batchBytes,
          onInvocation(records, transformation) {
            checkInvocation(records, transformation);
            expect(transformation.report.responseBytes).toBeLessThanOrEqual(responseBudgetBytes);
          },
        });
        expect(sorted(result.documents.map(uidOfDocument))).toEqual(sorted(deliverable));
        expect(sorted(result.parked.map(({ raw }) => raw))).toEqual(sorted(parked));
        expect(result.skipped).toBe(skipped);
      }),
      { seed, numRuns: 60 },
    );
  });

  it("loses nothing when the stream refuses some put-backs: what is not delivered has failed with its data", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomRecords,
        fc.integer({ min: 1, max: 4 }),
        async ({ contents, deliverable, parked }, every) => {
          const result = await runUntilQuiet(contents, {
            overrides: { responseBudgetBytes: 40_000 },
            batchBytes: 12_000,
            accepts: (one, number) => (number + one.data.length) % every !== 0,
            onInvocation(records, transformation) {
              checkInvocation(records, transformation);
              expect(transformation.report.responseBytes).toBeLessThanOrEqual(40_000);
            },
          });
          const delivered = new Set(result.documents.map(uidOfDocument));
          // A failed record is replayed from its untouched data: what it gives must complete the delivery.
          const replayed = await runUntilQuiet(result.failed.map(({ data }) => Buffer.from(data, "base64")));
          for (const document of replayed.documents) delivered.add(uidOfDocument(document));
          expect(sorted([...delivered])).toEqual(sorted([...new Set(deliverable)]));
          expect(new Set(replayed.parked.map(({ raw }) => raw))).toEqual(new Set(parked));
        },
      ),
      { seed: 20260423, numRuns: 60 },
    );
  });
});
