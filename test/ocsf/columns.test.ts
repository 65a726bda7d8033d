import { type Attributes, duckdbColumns, glueColumns, networkActivity, PARTITION_KEYS } from "@tributary/ocsf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attributePaths } from "../support/attribute-order.js";
import { packedAzureRecord } from "../support/azure-arbitraries.js";
import { plainAzureDocument, plainVpcDocument } from "../support/plain-mapping.js";
import { randomLine } from "../support/vpc-arbitraries.js";

/** A column type taken apart: its own kind and the fields within, in order. */
interface TypeTree {
  readonly kind: string;
  readonly fields?: readonly (readonly [name: string, type: TypeTree])[];
  readonly element?: TypeTree;
}

/** Splits at the separators that stand outside all brackets. */
function splitFlat(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if ("<(".includes(character)) depth++;
    else if (">)".includes(character)) depth--;
    else if (depth === 0 && text.startsWith(separator, i)) {
      parts.push(text.slice(from, i));
      from = i + separator.length;
    }
  }
  return [...parts, text.slice(from)];
}

function hiveTree(type: string): TypeTree {
  if (type.startsWith("array<")) return { kind: "array", element: hiveTree(type.slice(6, -1)) };
  if (!type.startsWith("struct<")) return { kind: type };
  const fields = splitFlat(type.slice(7, -1), ",").map((field) => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon), hiveTree(field.slice(colon + 1))] as const;
  });
  return { kind: "struct", fields };
}

function duckdbTree(type: string): TypeTree {
  if (type.endsWith("[]")) return { kind: "array", element: duckdbTree(type.slice(0, -2)) };
  if (!type.startsWith("STRUCT(")) return { kind: type };
  const fields = splitFlat(type.slice(7, -1), ", ").map((field) => {
    const [, name = "", rest = ""] = /^"([^"]+)" (.+)$/s.exec(field) ?? [];
    return [name, duckdbTree(rest)] as const;
  });
  return { kind: "struct", fields };
}

/** All paths of a type tree, in order, with the kind of each leaf. */
function leaves(tree: TypeTree, path: string): (readonly [path: string, kind: string])[] {
  if (tree.element !== undefined) return leaves(tree.element, `${path}[]`);
  if (tree.fields === undefined) return [[path, tree.kind]];
  return tree.fields.flatMap(([name, type]) => leaves(type, `${path}.${name}`));
}

/** The same from the class definition. */
function definedLeaves(attributes: Attributes, path = ""): (readonly [path: string, type: string])[] {
  return Object.entries(attributes).flatMap(([name, attribute]) => {
    const own = `${path}.${name}${attribute.isArray ? "[]" : ""}`;
    if (attribute.kind === "object") return definedLeaves(attribute.object.attributes, own);
    return [[own, attribute.kind === "map" ? "map" : attribute.type] as const];
  });
}

const TYPES: Readonly<Record<string, readonly [hive: string, duckdb: string]>> = {
  string_t: ["string", "VARCHAR"],
  integer_t: ["int", "INTEGER"],
  long_t: ["bigint", "BIGINT"],
  timestamp_t: ["bigint", "BIGINT"],
  datetime_t: ["timestamp", "TIMESTAMPTZ"],
  ip_t: ["string", "VARCHAR"],
  mac_t: ["string", "VARCHAR"],
  port_t: ["int", "INTEGER"],
  hostname_t: ["string", "VARCHAR"],
  json_t: ["string", "VARCHAR"],
  map: ["map<string,string>", "MAP(VARCHAR, VARCHAR)"],
};

const glue = glueColumns(networkActivity);
const duckdb = duckdbColumns(networkActivity);
const glueLeaves = glue.flatMap(({ name, type }) => leaves(hiveTree(type), `.${name}`));
const duckdbLeaves = duckdb.flatMap(({ name, type }) => leaves(duckdbTree(type), `.${name}`));
const defined = definedLeaves(networkActivity.attributes);

describe("the columns of the flow table", () => {
  it("have the names and the order of the class definition, in Glue and in DuckDB", () => {
    const names = Object.keys(networkActivity.attributes);
    expect(glue.map(({ name }) => name)).toEqual(names);
    expect(duckdb.map(({ name }) => name)).toEqual(names);
  });

  it("have every attribute at every depth, in order, with the type that OCSF's asks for", () => {
    expect(defined.length).toBeGreaterThan(120);
    expect(glueLeaves).toEqual(defined.map(([path, type]) => [path, TYPES[type]?.[0]]));
    expect(duckdbLeaves).toEqual(defined.map(([path, type]) => [path, TYPES[type]?.[1]]));
  });

  it("are lower snake case, as Firehose's conversion makes all names", () => {
    for (const [path] of defined) expect(path).toMatch(/^(?:\.[a-z][a-z0-9_]*(?:\[\])?)+$/);
  });

  it("are none of the partition keys", () => {
    expect(PARTITION_KEYS).toEqual(["region", "accountid", "eventday"]);
    for (const key of PARTITION_KEYS) expect(glue.map(({ name }) => name)).not.toContain(key);
  });

  it("stay below Glue's limit of 131,072 characters for a type", () => {
    for (const { type } of glue) expect(type.length).toBeLessThan(131_072);
  });

  it("hold times, counters and type_uid in 64 bits", () => {
    const wide = new Map(glueLeaves);
    for (const path of [".time", ".type_uid", ".traffic.bytes", ".traffic.packets_out", ".start_time"]) {
      expect(wide.get(path)).toBe("bigint");
    }
  });
});

describe("every attribute that a document may fill", () => {
  const columns = new Set(glueLeaves.map(([path]) => path.slice(1).replaceAll("[]", "")));
  const missing = (document: unknown): string[] =>
    attributePaths(JSON.parse(JSON.stringify(document))).filter((path) => !columns.has(path));

  it("has a column: VPC", () => {
    fc.assert(
      fc.property(randomLine, ({ line, fields }) => {
        const document = plainVpcDocument(line, fields, {
          account: "1",
          region: "r",
          time: 0,
          timeBasis: "arrival",
          position: "",
          observables: true,
        });
        if (document !== undefined) expect(missing(document)).toEqual([]);
      }),
      { seed: 20260470, numRuns: 300 },
    );
  });

  it("has a column: Azure", () => {
    fc.assert(
      fc.property(packedAzureRecord, (record) => {
        for (const group of record.groups)
          expect(missing(plainAzureDocument(record, group, 0, { observables: true }))).toEqual([]);
      }),
      { seed: 20260471, numRuns: 200 },
    );
  });
});
