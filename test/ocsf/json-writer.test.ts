import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closed, fieldsOf, quote } from "../../packages/ocsf/src/json-text.js";
import { compileFields, segment } from "../../packages/ocsf/src/json-writer.js";
import { networkEndpoint } from "../../packages/ocsf/src/objects.js";

const { attributes } = networkEndpoint;

describe("quote", () => {
  it("writes any text as an ASCII JSON string that reads back as the same", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const literal = quote(text);
        expect(literal).toMatch(/^"[ -~]*"$/);
        expect(JSON.parse(literal)).toBe(text);
      }),
      { seed: 20260493, numRuns: 2000 },
    );
  });

  it("replaces half a surrogate pair, which no UTF-8 can hold", () => {
    expect(JSON.parse(quote("a\ud800b"))).toBe("a\ufffdb");
    expect(JSON.parse(quote("\udc00"))).toBe("\ufffd");
    expect(JSON.parse(quote("\ud83d\ude00"))).toBe("\ud83d\ude00");
  });
});

describe("fieldsOf", () => {
  it("writes in the order of the definition and leaves absent values out", () => {
    expect(closed(fieldsOf(attributes, { zone: "z", ip: "10.0.0.1", port: undefined }))).toBe(
      '{"ip":"10.0.0.1","zone":"z"}',
    );
  });

  it("refuses a name that has no column", () => {
    expect(() => fieldsOf(attributes, { security_groups: "x" })).toThrowError(/security_groups/);
  });
});

describe("compileFields", () => {
  it("puts segments in the order of the definition", () => {
    const write = compileFields<undefined>(attributes, [
      segment(["zone"], () => ',"zone":1'),
      segment(["ip", "port"], () => ',"ip":2'),
    ]);
    expect(write(undefined)).toBe(',"ip":2,"zone":1');
  });

  it.each([
    ["unknown attributes", [["ip", "nonsense"]]],
    ["attributes out of order", [["port", "ip"]]],
    ["the same attribute twice", [["ip"], ["ip"]]],
    ["segments that overlap", [["ip", "zone"], ["port"]]],
  ])("refuses %s", (_, names) => {
    expect(() =>
      compileFields(
        attributes,
        names.map((some) => segment(some, () => "")),
      ),
    ).toThrowError(TypeError);
  });
});
