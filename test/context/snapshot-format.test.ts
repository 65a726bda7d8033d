import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  decodeSnapshot,
  encodeSnapshot,
  type InventorySnapshot,
  MAX_SNAPSHOT_BYTES,
  type NetworkInterface,
} from "@tributary/context";
import { ConfigurationError } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anySnapshot } from "../support/inventory-arbitraries.js";
import { largeNetwork } from "../support/large-network.js";

const FIXTURES = join(import.meta.dirname, "../fixtures/context/snapshots");
const small = () => largeNetwork({ interfaces: 4, groups: 2, rules: [2, 3], groupsOfInterface: [1, 2] });
const SEED = 20260402;

function interfaceOf({ interfaces: [first] }: InventorySnapshot): NetworkInterface {
  if (first === undefined) throw new Error("no interface");
  return first;
}

/** A file like those of `encodeSnapshot`, with a checksum that fits. */
function file(version: number, payload: Buffer): Buffer {
  const number = Buffer.from([version >> 8, version & 255]);
  const checksum = createHash("sha256").update(number).update(payload).digest();
  return Buffer.concat([Buffer.from("\x89TRIBINV", "latin1"), number, checksum, payload]);
}

function refusalOf(bytes: Uint8Array): ConfigurationError {
  try {
    decodeSnapshot(bytes, "inventory.bin");
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error("it was read");
}

describe("a snapshot file", () => {
  it("gives back any snapshot", () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        expect(decodeSnapshot(encodeSnapshot(snapshot), "any")).toStrictEqual(snapshot);
      }),
      { numRuns: 300, seed: SEED },
    );
  });

  it("is the same for the same snapshot", () => {
    expect(encodeSnapshot(small())).toEqual(encodeSnapshot(small()));
  });

  it("gives the same object for the same rule in several states, and for the same groups", () => {
    const [first, second] = small().groups;
    if (first?.rules === undefined || second === undefined) throw new Error("no groups");
    const changed = { ...first, rules: first.rules.slice(1), asOf: first.asOf + 1 };
    const former = { ...first, until: changed.asOf };
    const given = { ...small(), groups: [former, changed, second] };
    const { groups } = decodeSnapshot(encodeSnapshot(given), "any");
    expect(groups[0]?.rules?.[1]).toBe(groups[1]?.rules?.[0]);
    const [one, other] = small().interfaces;
    if (one === undefined || other === undefined) throw new Error("no interfaces");
    const interfaces = [one, { ...other, groups: one.groups }];
    const [a, b] = decodeSnapshot(encodeSnapshot({ ...small(), interfaces }), "any").interfaces;
    expect(a?.groups).toBe(b?.groups);
  });

  it("is read from a view into a larger buffer", () => {
    const bytes = encodeSnapshot(small());
    const larger = Buffer.concat([Buffer.from("before"), bytes, Buffer.from("after")]);
    const view = new Uint8Array(larger.buffer, larger.byteOffset + 6, bytes.length);
    expect(decodeSnapshot(view, "view")).toEqual(small());
  });

  it("of version 1 stays readable", () => {
    const expected: unknown = JSON.parse(readFileSync(join(FIXTURES, "version-1.json"), "utf8"));
    expect(decodeSnapshot(readFileSync(join(FIXTURES, "version-1.snapshot")), "version-1.snapshot")).toEqual(expected);
  });

  it("is small: the network that the budgets name takes under 1 MB", () => {
    const rules = 40;
    const network = largeNetwork({ interfaces: 5000, groups: 1000, rules: [rules, rules], groupsOfInterface: [1, 5] });
    expect(encodeSnapshot(network).length).toBeLessThan(1_000_000);
  });
});

describe("a broken snapshot file", () => {
  it("is refused wherever it is cut off", () => {
    const bytes = encodeSnapshot(small());
    for (let length = 0; length < bytes.length; length++) {
      const { code } = refusalOf(bytes.subarray(0, length));
      expect(code).toBe(length < 8 ? "not-a-snapshot" : "damaged-snapshot");
    }
  });

  it("is refused whichever bit flips", () => {
    const bytes = encodeSnapshot(small());
    fc.assert(
      fc.property(fc.nat({ max: bytes.length * 8 - 1 }), (bit) => {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(refusalOf(flipped).code).toBe(bit < 64 ? "not-a-snapshot" : "damaged-snapshot");
      }),
      { numRuns: 500, seed: SEED },
    );
  });

  it("is refused with anything after its end", () => {
    expect(refusalOf(Buffer.concat([encodeSnapshot(small()), Buffer.from([0])])).code).toBe("damaged-snapshot");
  });

  it("is refused if it is something else", () => {
    for (const bytes of [Buffer.from(JSON.stringify(small())), gzipSync("{}"), Buffer.from("PAR1")]) {
      const { code, message } = refusalOf(bytes);
      expect(code).toBe("not-a-snapshot");
      expect(message).toContain("inventory.bin");
      expect(message).toContain("tributary inventory collect");
    }
  });

  it("is refused if its content is not that of a snapshot, though the checksum is right", () => {
    const columns = JSON.stringify({ rules: { id: ["sgr-1"], egress: [0] }, interfaces: {}, groups: {} });
    const contents = [gzipSync("null"), gzipSync("{}"), gzipSync("{"), gzipSync(columns), Buffer.from("not gzip")];
    for (const content of contents) expect(refusalOf(file(1, content)).code).toBe("damaged-snapshot");
  });

  it.each<[string, object]>([
    ["an account that is a path", { accountId: "../../../../etc" }],
    ["an account of 11 digits", { accountId: "11112222333" }],
    ["a region that is a path", { region: "eu-central-1/../.." }],
    ["no time of collection", { collectedAt: undefined }],
    ["a time of collection that no date can hold", { collectedAt: 1e300 }],
    ["a time of collection before 1970", { collectedAt: -1 }],
    ["a time that is text", { collectedAt: "2026-04-01" }],
    ["no list of missing parts", { missing: "rules" }],
    ["prefix lists that are no list", { prefixLists: {} }],
    ["prefix lists of text", { prefixLists: ["pl-1"] }],
    ["a prefix list without an id", { prefixLists: [{ asOf: 1 }] }],
    ["a prefix list without a time", { prefixLists: [{ id: "pl-1" }] }],
    ["network ACLs that are no list", { networkAcls: { length: 1 } }],
    ["a network ACL without entries", { networkAcls: [{ id: "acl-1", asOf: 1, subnetIds: [] }] }],
    ["an interface whose id is a number", { interfaces: [{ ...interfaceOf(small()), id: 7 }] }],
    ["an interface of no time", { interfaces: [{ ...interfaceOf(small()), asOf: "now" }] }],
    ["an interface with an address that is an object", { interfaces: [{ ...interfaceOf(small()), addresses: [{}] }] }],
    ["an interface with a name that is a number", { interfaces: [{ ...interfaceOf(small()), name: 7 }] }],
    ["a group whose id is null", { groups: [{ id: null, asOf: 1 }] }],
    [
      "a rule whose peer is text",
      { groups: [{ id: "sg-1", asOf: 1, rules: [{ id: "sgr-1", protocol: 6, peer: "all" }] }] },
    ],
  ])("is refused with %s, though the checksum is right", (_, changes) => {
    const crafted = encodeSnapshot({ ...small(), ...changes } as InventorySnapshot);
    expect(refusalOf(crafted).code).toBe("damaged-snapshot");
  });

  it("is not written if nobody would read it", () => {
    const name = "x".repeat(MAX_SNAPSHOT_BYTES / 64);
    const prefixLists = Array.from({ length: 65 }, (_, index) => ({ id: `pl-${index}`, name, asOf: 1 }));
    expect(() => encodeSnapshot({ ...small(), prefixLists })).toThrow(
      expect.objectContaining({ code: "snapshot-too-large" }),
    );
  });

  it("is refused before it fills the memory", () => {
    // Packed piece by piece, since gzip data may be joined.
    const piece = gzipSync(Buffer.alloc(1024 * 1024, " "));
    const bomb = Buffer.concat(new Array<Buffer>(MAX_SNAPSHOT_BYTES / (1024 * 1024) + 1).fill(piece));
    expect(refusalOf(file(1, bomb)).code).toBe("damaged-snapshot");
  });
});

describe("a snapshot of a newer version", () => {
  it("is refused by its number, with the remedy", () => {
    const { code, message } = refusalOf(file(2, Buffer.from("whatever version 2 is")));
    expect(code).toBe("newer-snapshot");
    expect(message).toContain("version 2");
    expect(message).toContain("update");
  });

  it("is called damaged if it is", () => {
    const bytes = file(2, Buffer.from("whatever version 2 is"));
    expect(refusalOf(bytes.subarray(0, bytes.length - 1)).code).toBe("damaged-snapshot");
  });

  it("has no predecessor of version 0", () => {
    expect(refusalOf(file(0, gzipSync("{}"))).code).toBe("damaged-snapshot");
  });
});
