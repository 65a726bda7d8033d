import type { AzureFlowGroup, PackedAzureRecord } from "@tributary/flow";
import fc from "fast-check";

/** Flow groups as a record has them: own flow and group indexes, and a first index that need not be 0. */
export function arbitraryGroups(tuple: fc.Arbitrary<string>): fc.Arbitrary<readonly AzureFlowGroup[]> {
  const group = fc.record({ first: fc.nat({ max: 5 }), rule: fc.string(), tuples: fc.array(tuple, { maxLength: 12 }) });
  return fc
    .array(group, { maxLength: 6 })
    .map((groups) =>
      groups.map(({ first, rule, tuples }, index) => ({ flow: index >> 1, group: index % 2, first, rule, tuples })),
    );
}

export function packed(groups: readonly AzureFlowGroup[]): PackedAzureRecord {
  const header = { layout: "vnet-v4", time: "2026-04-02T18:31:50.1234567Z", macAddress: "0022480A0B0C" } as const;
  return { tributary: { v: 1, kind: "azure" }, blob: "flowlogresourceid=/x/pt1h.json", offset: 12, header, groups };
}

/** The identity and the text of every tuple, in order. */
export function identities(groups: readonly AzureFlowGroup[]): string[] {
  return groups.flatMap(({ flow, group, first, rule, tuples }) =>
    tuples.map((tuple, at) => JSON.stringify([flow, group, first + at, rule, tuple])),
  );
}
