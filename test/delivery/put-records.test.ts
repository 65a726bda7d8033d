import { MAX_PUT_BYTES, MAX_PUT_RECORDS, type PutRecordBatch, putRecords } from "@tributary/delivery";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

interface Sent {
  readonly id: number;
  readonly data: Uint8Array;
}

function records(count: number, bytes = 10): Sent[] {
  return Array.from({ length: count }, (_, id) => ({ id, data: new Uint8Array(bytes) }));
}

const NO_WAIT = { attempts: 3, backOff: () => Promise.resolve() };

/** A service that answers the n-th call as told, and notes what it was called with. */
function service(answer: (call: number, record: Sent) => boolean) {
  const calls: (readonly Sent[])[] = [];
  const put: PutRecordBatch<Sent> = (batch) => {
    calls.push(batch);
    return batch.map((record) => answer(calls.length, record));
  };
  return { calls, put };
}

describe("putRecords", () => {
  it("sends every record once when all are accepted, in order and within both limits of a call", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat({ max: 100 }), fc.integer({ min: 900_000, max: 1_024_000 })), { maxLength: 40 }),
        fc.integer({ min: 1, max: 40 }),
        async (sizes, copies) => {
          const sent = Array.from({ length: copies }, () => sizes)
            .flat()
            .map((size, id) => ({ id, data: { byteLength: size } as Uint8Array }));
          const { calls, put } = service(() => true);

          expect(await putRecords(sent, put, NO_WAIT)).toEqual(sent.map(() => true));

          expect(calls.flat()).toEqual(sent);
          for (const call of calls) {
            expect(call.length).toBeGreaterThan(0);
            expect(call.length).toBeLessThanOrEqual(MAX_PUT_RECORDS);
            expect(call.reduce((sum, { data }) => sum + data.byteLength, 0)).toBeLessThanOrEqual(MAX_PUT_BYTES);
          }
        },
      ),
      { seed: 20_261_010, numRuns: 50 },
    );
  });

  it("makes no more calls than the limits need", async () => {
    const { calls, put } = service(() => true);

    await putRecords(records(1001), put, NO_WAIT);

    expect(calls.map(({ length }) => length)).toEqual([500, 500, 1]);
  });

  it("sends only the refused ones again, until they are accepted", async () => {
    const { calls, put } = service((call, { id }) => id % 3 !== 0 || call >= 3);

    const accepted = await putRecords(records(7), put, NO_WAIT);

    expect(accepted).toEqual(Array.from({ length: 7 }, () => true));
    expect(calls.map((call) => call.map(({ id }) => id))).toEqual([
      [0, 1, 2, 3, 4, 5, 6],
      [0, 3, 6],
      [0, 3, 6],
    ]);
  });

  it("tells which were refused to the last, after as many calls as were allowed", async () => {
    const { calls, put } = service((_call, { id }) => id !== 1);

    expect(await putRecords(records(3), put, NO_WAIT)).toEqual([true, false, true]);
    expect(calls).toHaveLength(3);
  });

  it("takes a call that fails for a refusal of its records, not of those in other calls", async () => {
    let call = 0;
    const put: PutRecordBatch<Sent> = (batch) => {
      call++;
      if (call !== 2) return batch.map(() => true);
      throw new Error("connection reset");
    };

    const accepted = await putRecords(records(1200), put, { ...NO_WAIT, attempts: 1 });

    expect(accepted.map((ok, index) => (ok ? -1 : index)).filter((index) => index >= 0)).toEqual(
      Array.from({ length: 500 }, (_, index) => 500 + index),
    );
  });

  it("takes a promise that is rejected, and an answer that is too short, for a refusal", async () => {
    expect(await putRecords(records(2), () => Promise.reject(new Error("throttled")), NO_WAIT)).toEqual([false, false]);
    expect(await putRecords(records(2), () => [true], NO_WAIT)).toEqual([true, true]);
    expect(await putRecords(records(2), () => [true], { ...NO_WAIT, attempts: 1 })).toEqual([true, false]);
  });

  it("waits before each repetition, and not before the first call", async () => {
    const waits: number[] = [];
    const backOff = (repetition: number) => {
      waits.push(repetition);
      return Promise.resolve();
    };

    await putRecords(records(1), () => [false], { attempts: 4, backOff });

    expect(waits).toEqual([1, 2, 3]);
  });

  it("makes no call for no records", async () => {
    const { calls, put } = service(() => true);

    expect(await putRecords([], put, NO_WAIT)).toEqual([]);
    expect(calls).toEqual([]);
  });
});
