import { FlowMatch, LineMatcher, VpcFormat } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edgesOf, isInside } from "../support/naive-address.js";
import { meantAddress } from "../support/naive-match.js";

const SEED = 20_261_121;
const HEADER = "version srcaddr";
const FORMATS = [VpcFormat.parse(HEADER)];

const cidr = fc.oneof(
  fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([address, bits]) => `${address}/${bits}`),
  fc
    .tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }))
    .filter(([address]) => address.length <= 40 && !address.toLowerCase().startsWith("::f"))
    .map(([address, bits]) => `${address}/${bits}`),
);

function isFound(match: FlowMatch, address: string): boolean {
  const matcher = new LineMatcher(match, FORMATS);
  const found = !matcher.isUnwanted(`2 ${address}`, HEADER, undefined);
  const sieve = matcher.sieve(HEADER, undefined);
  expect(sieve?.isUnwanted(Buffer.from(`2 ${address}\n`), 0)).toBe(!found);
  return found;
}

describe("a list of blocks", () => {
  it("holds their first and last addresses, and neighbours only if another block does", () => {
    fc.assert(
      fc.property(fc.array(cidr, { minLength: 1, maxLength: 40 }), (blocks) => {
        const match = FlowMatch.parse([blocks.join(",")]);
        for (const address of blocks.flatMap(edgesOf)) {
          const expected = blocks.some((block) => isInside(meantAddress(address), block));
          expect([address, isFound(match, address)]).toEqual([address, expected]);
        }
      }),
      { numRuns: 200, seed: SEED },
    );
  });

  it("is compared by value, whatever the spelling", () => {
    const match = FlowMatch.parse(["2001:db8::5,10.0.0.5"]);
    expect(isFound(match, "2001:0DB8:0:0:0:0:0:5")).toBe(true);
    expect(isFound(match, "::ffff:10.0.0.5")).toBe(true);
    expect(isFound(match, "::ffff:a00:5")).toBe(true);
    expect(isFound(match, "2001:db8::6")).toBe(false);
  });

  it("has no mapped address in an IPv6 block", () => {
    expect(isFound(FlowMatch.parse(["::/0"]), "::ffff:10.0.0.5")).toBe(false);
  });
});
