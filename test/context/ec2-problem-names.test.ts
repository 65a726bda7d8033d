import { nameOf } from "@tributary/context/ec2";
import { describe, expect, it } from "vitest";

describe("nameOf", () => {
  it.each<[string, unknown, string]>([
    ["the network's own code", Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "ECONNREFUSED"],
    ["the SDK's name", Object.assign(new Error("no"), { name: "UnauthorizedOperation" }), "UnauthorizedOperation"],
    ["no code that is text of somebody else", Object.assign(new Error("no"), { code: "a secret of 40" }), "Error"],
    ["what was thrown, if it is no error", "text", "string"],
  ])("gives %s", (_, error, name) => {
    expect(nameOf(error)).toBe(name);
  });
});
