import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  duckdbTypeOf,
  glueTypeOf,
  INVENTORY_PARTITION_KEYS,
  INVENTORY_TABLES,
  type InventorySnapshot,
  interfaceRows,
  inventoryOf,
  mergeSnapshots,
  partitionOf,
  readDescriptions,
  ruleRows,
} from "@tributary/context";
import { describe, expect, it } from "vitest";

const FOLDER = join(import.meta.dirname, "../fixtures/context/describe");
const DAY = 86_400_000;
const AT = Date.UTC(2026, 3, 1, 23, 59);

function network(collectedAt = AT): InventorySnapshot {
  const files = readdirSync(FOLDER).map((name) => ({ name, text: readFileSync(join(FOLDER, name), "utf8") }));
  return inventoryOf(readDescriptions(files), { collectedAt, tags: ["team"] });
}

/** A day later, when the first group has lost its first rule. */
function changed(): InventorySnapshot {
  const later = network(AT + DAY);
  const [web, ...others] = later.groups;
  if (web?.rules === undefined) throw new Error("no rules");
  return mergeSnapshots(network(), { ...later, groups: [{ ...web, rules: web.rules.slice(1) }, ...others] }, 7 * DAY);
}

describe("rows of the inventory's tables", () => {
  it.each([
    ["security_group_rules", ruleRows],
    ["interfaces", interfaceRows],
  ] as const)("of %s have the table's columns in their order, of their types", (table, rowsOf) => {
    const { columns } = INVENTORY_TABLES[table];
    const rows = rowsOf(changed());
    expect(rows.length).toBeGreaterThan(4);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(columns.map(({ name }) => name));
      for (const { name, type } of columns) {
        const value = row[name];
        if (value === null) continue;
        if (type === "long") expect(Number.isSafeInteger(value)).toBe(true);
        else if (type === "strings") expect(Array.isArray(value)).toBe(true);
        else expect(value).toBeTypeOf("string");
        if (type === "time") expect(value).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
    }
  });

  it("say of an interface what is known of it", () => {
    expect(interfaceRows(network())[0]).toEqual({
      interface_id: "eni-0a1b2c3d4e5f60001",
      account_id: "111122223333",
      vpc_id: "vpc-0a1b2c3d4e5f60001",
      subnet_id: "subnet-0a1b2c3d4e5f60001",
      addresses: ["10.0.1.10", "10.0.1.11", "10.0.1.12", "2001:db8:1::a", "2001:db8:1::b"],
      public_addresses: ["203.0.113.10", "203.0.113.11"],
      prefixes: [],
      groups: ["sg-0a1b2c3d4e5f60001", "sg-0a1b2c3d4e5f60002"],
      name: "web-1",
      instance_id: "i-0a1b2c3d4e5f60001",
      type: "interface",
      description: "Primary network interface",
      tags: '{"team":"shop"}',
      as_of: "2026-04-01T23:59:00.000Z",
      until: null,
      collected_at: "2026-04-01T23:59:00.000Z",
    });
  });

  it("say of a rule its group, condition and use", () => {
    const rows = new Map(ruleRows(network()).map((row) => [row.rule_id, row]));
    expect(rows.get("sgr-0a1b2c3d4e5f60003")).toEqual({
      rule_id: "sgr-0a1b2c3d4e5f60003",
      group_id: "sg-0a1b2c3d4e5f60001",
      group_name: "web",
      vpc_id: "vpc-0a1b2c3d4e5f60001",
      direction: "ingress",
      protocol: "tcp",
      from_port: 22,
      to_port: 22,
      cidr: null,
      prefix_list_id: "pl-0a1b2c3d4e5f60001",
      prefix_list_cidrs: ["192.0.2.0/24", "198.51.100.0/25"],
      referenced_group_id: null,
      description: "Offices",
      interface_count: 2,
      as_of: "2026-04-01T23:59:00.000Z",
      until: null,
      collected_at: "2026-04-01T23:59:00.000Z",
    });
    const limits = (id: string) => {
      const { protocol, from_port, to_port, cidr, referenced_group_id, interface_count } = rows.get(id) ?? {};
      return [protocol, from_port, to_port, cidr ?? referenced_group_id, interface_count];
    };
    expect(limits("sgr-0a1b2c3d4e5f60004")).toEqual(["icmp", 8, null, "10.0.0.0/8", 2]);
    expect(limits("sgr-0a1b2c3d4e5f60005")).toEqual(["all", null, null, "0.0.0.0/0", 2]);
    expect(limits("sgr-0a1b2c3d4e5f60006")).toEqual(["tcp", 5432, 5433, "sg-0a1b2c3d4e5f60001", 3]);
    expect(limits("sgr-0a1b2c3d4e5f60008")).toEqual(["47", null, null, "10.9.0.0/16", 3]);
  });

  it("tell once of a rule that outlasts a change of its group, and when another ended", () => {
    const times = ruleRows(changed()).map(({ rule_id, as_of, until }) => [rule_id, as_of, until]);
    const begun = "2026-04-01T23:59:00.000Z";
    expect(times).toHaveLength(9);
    expect(times[0]).toEqual(["sgr-0a1b2c3d4e5f60001", begun, "2026-04-02T23:59:00.000Z"]);
    for (const [, asOf, until] of times.slice(1)) expect([asOf, until]).toEqual([begun, null]);
  });

  it("tell twice of a rule that was away meanwhile", () => {
    const third = network(AT + 2 * DAY);
    const times = ruleRows(mergeSnapshots(changed(), third, 7 * DAY))
      .filter((row) => row.rule_id === "sgr-0a1b2c3d4e5f60001")
      .map((row) => [row.as_of, row.until]);
    expect(times).toEqual([
      ["2026-04-01T23:59:00.000Z", "2026-04-02T23:59:00.000Z"],
      ["2026-04-03T23:59:00.000Z", null],
    ]);
  });

  it("count no interface that is gone", () => {
    const { interfaces, ...rest } = network(AT + DAY);
    const merged = mergeSnapshots(network(), { ...rest, interfaces: interfaces.slice(1) }, 7 * DAY);
    expect(ruleRows(merged)[0]?.interface_count).toBe(1);
  });
});

describe("the tables", () => {
  it("are partitioned by account, region and day of the collection", () => {
    expect(partitionOf(network())).toEqual({ accountid: "111122223333", region: "eu-central-1", eventday: "20260401" });
    expect(Object.keys(partitionOf(network()))).toEqual([...INVENTORY_PARTITION_KEYS]);
  });

  it("have types in Glue and DuckDB", () => {
    expect(
      (["string", "long", "strings", "time"] as const).map((type) => [glueTypeOf(type), duckdbTypeOf(type)]),
    ).toEqual([
      ["string", "VARCHAR"],
      ["bigint", "BIGINT"],
      ["array<string>", "VARCHAR[]"],
      ["string", "VARCHAR"],
    ]);
  });
});
