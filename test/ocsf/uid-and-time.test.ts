import { createHash } from "node:crypto";
import { eventDay, isoTime, uidOf } from "@tributary/ocsf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("uidOf", () => {
  it("is the first 16 bytes of SHA-256, to the bit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (identity) => {
        const expected = createHash("sha256").update(identity).digest().subarray(0, 16);
        expect(uidOf(identity)).toBe(expected.toString("base64url"));
      }),
      { seed: 20260490, numRuns: 2000 },
    );
  });
});

const time = fc.integer({ min: 0, max: 253_402_300_799_999 });

describe("isoTime", () => {
  it("is ISO 8601 in UTC, without fraction for whole seconds", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          time,
          fc.nat({ max: 253_402_300_799 }).map((second) => second * 1000),
        ),
        (ms) => {
          expect(isoTime(ms)).toBe(new Date(ms).toISOString().replace(".000Z", "Z"));
        },
      ),
      { seed: 20260491, numRuns: 3000 },
    );
  });

  it("is right again for a time that was asked for before others took its place", () => {
    for (let round = 0; round < 2; round++) {
      for (let second = 0; second < 20_000; second += 7) {
        const ms = 1_775_154_600_000 + second * 1000;
        if (isoTime(ms) !== `${new Date(ms).toISOString().slice(0, 19)}Z`) expect.fail(String(ms));
      }
    }
  });
});

describe("eventDay", () => {
  it("is the UTC day without dashes", () => {
    fc.assert(
      fc.property(time, (ms) => {
        expect(eventDay(ms)).toBe(new Date(ms).toISOString().slice(0, 10).replaceAll("-", ""));
      }),
      { seed: 20260492, numRuns: 2000 },
    );
  });

  it("changes at midnight", () => {
    const midnight = Date.UTC(2026, 3, 2);
    expect([eventDay(midnight - 1), eventDay(midnight)]).toEqual(["20260401", "20260402"]);
  });
});
