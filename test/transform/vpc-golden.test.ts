import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { orderProblems } from "../support/attribute-order.js";
import { schemaProblems } from "../support/document-schema.js";
import { runUntilQuiet } from "../support/stream-loop.js";

/** Each file is the content of one Firehose record; what it becomes, put-backs included, stands under expected/. */
const FIXTURES = new URL("../fixtures/vpc/", import.meta.url);
const names = readdirSync(FIXTURES, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));

async function outcomeOf(content: Uint8Array) {
  const { documents, parked, skipped } = await runUntilQuiet([content]);
  return { documents, parked, skipped };
}

describe("VPC flow-log records", () => {
  it("have fixtures", () => {
    expect(names).toContain("default.log");
  });

  for (const name of names) {
    it(`become what is expected: ${name}`, async () => {
      const content = readFileSync(new URL(name, FIXTURES));
      const outcome = await outcomeOf(content);
      const expected: unknown = JSON.parse(
        readFileSync(new URL(`expected/${name.replace(/\.\w+$/, ".json")}`, FIXTURES), "utf8"),
      );
      expect(outcome).toEqual(expected);
      for (const document of outcome.documents) {
        expect(schemaProblems(document)).toEqual([]);
        expect(orderProblems(document)).toEqual([]);
      }
      expect(await outcomeOf(gzipSync(content))).toEqual(expected);
    });
  }
});
