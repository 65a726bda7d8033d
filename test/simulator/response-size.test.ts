import { responseBytes } from "@tributary/simulator";
import type { TransformedRecord } from "@tributary/transform";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const jsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe("the size of a response", () => {
  it("is that of an empty one without records", () => {
    expect(responseBytes({ records: [] })).toBe(jsonBytes({ records: [] }));
  });

  it("equals that of its JSON, whatever the partition keys hold", () => {
    const keys = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), { noNullPrototype: true });
    const record: fc.Arbitrary<TransformedRecord> = fc
      .record({
        recordId: fc.stringMatching(/^[0-9]{1,62}$/),
        result: fc.constantFrom("Ok" as const, "Dropped" as const, "ProcessingFailed" as const),
        data: fc.base64String(),
        keys: fc.option(keys, { nil: undefined }),
      })
      .map(({ keys, ...answer }) => (keys ? { ...answer, metadata: { partitionKeys: keys } } : answer));
    fc.assert(
      fc.property(fc.array(record), (records) => {
        expect(responseBytes({ records })).toBe(jsonBytes({ records }));
      }),
      { seed: 20260304 },
    );
  });

  it("counts keys that records share for each of them", () => {
    const partitionKeys = { account: "1" };
    const records = ["1", "2"].map((recordId) => ({
      recordId,
      result: "Ok" as const,
      data: "",
      metadata: { partitionKeys },
    }));
    expect(responseBytes({ records })).toBe(jsonBytes({ records }));
  });
});
