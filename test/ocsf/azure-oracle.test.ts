import { azureRegion, azureSubscription, type PackedAzureRecord, Parked, parseAzureTuple } from "@tributary/flow";
import { AzureDocumentWriter, uidOf } from "@tributary/ocsf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { orderProblems } from "../support/attribute-order.js";
import { packedAzureRecord } from "../support/azure-arbitraries.js";
import { schemaProblems } from "../support/document-schema.js";
import { plainAzureDocument } from "../support/plain-mapping.js";

/** All documents of a packed record, as the fast writer makes them, each with its group and position. */
function documents({ header, blob, offset, groups }: PackedAzureRecord, observables: boolean) {
  const subscription = azureSubscription(header, blob);
  if (subscription === undefined) throw new Error("a record without a subscription");
  const owner = { subscription, region: azureRegion(header, blob) };
  return groups.flatMap((group) => {
    const writer = new AzureDocumentWriter(header, group, owner, observables);
    return group.tuples.map((text, index) => {
      const tuple = parseAzureTuple(header.layout, text);
      if (tuple instanceof Parked) throw new Error(tuple.message);
      const uid = uidOf(`${blob}@${offset}/${group.flow}/${group.group}/${group.first + index} ${text}`);
      return { group, index, text: writer.document(tuple, uid) };
    });
  });
}

describe("AzureDocumentWriter against the plain mapping", () => {
  it.each([
    ["without", false, 20260405],
    ["with", true, 20260406],
  ])("gives the same objects, in the order of the class, for random records %s observables", (_, observables, seed) => {
    fc.assert(
      fc.property(packedAzureRecord, (record) => {
        for (const { group, index, text } of documents(record, observables)) {
          const parsed: unknown = JSON.parse(text);
          const plain = plainAzureDocument(record, group, index, { observables });
          expect(parsed).toEqual(JSON.parse(JSON.stringify(plain)));
          expect(orderProblems(parsed)).toEqual([]);
          expect(schemaProblems(parsed)).toEqual([]);
          expect(Buffer.byteLength(text)).toBe(text.length);
        }
      }),
      { seed, numRuns: 600 },
    );
  });
});
