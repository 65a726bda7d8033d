import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readBlob } from "./azure-reading.js";

const FIXTURES = new URL("../fixtures/azure/", import.meta.url);
const names = readdirSync(FIXTURES).filter((name) => name.endsWith(".json"));

describe("Azure blobs", () => {
  it("has fixtures to read", () => {
    expect(names).toContain("vnet-v4.json");
  });

  for (const name of names) {
    it(`reads ${name} as expected`, () => {
      const expected: unknown = JSON.parse(readFileSync(new URL(`expected/${name}`, FIXTURES), "utf8"));
      expect(readBlob(readFileSync(new URL(name, FIXTURES)))).toEqual(expected);
    });
  }
});
