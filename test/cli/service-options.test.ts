import { describe, expect, it } from "vitest";
import { protocolNumber } from "../../packages/cli/src/explain/service-options.js";

describe("a protocol", () => {
  it("is given by its name or number", () => {
    expect(["TCP", "icmpv6", "all", "132"].map(protocolNumber)).toEqual([6, 58, -1, 132]);
  });

  it.each(["constructor", "toString", "__proto__", "256", "-1", ""])("is not %j", (text) => {
    expect(() => protocolNumber(text)).toThrow(/icmpv6, all, or a number up to 255/);
  });
});
