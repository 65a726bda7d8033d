import type { InventorySnapshot } from "./inventory.js";

/**
 * What a column holds: text, a whole number, a list of texts, or a time as text, `2026-04-01T12:00:00.000Z` (all tools order and compare
 * such text alike, and none of them mistakes its time zone).
 */
export type InventoryColumnType = "string" | "long" | "strings" | "time";

export interface InventoryColumn {
  readonly name: string;
  readonly type: InventoryColumnType;
  readonly description: string;
}

export interface InventoryTable {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly InventoryColumn[];
}

const DATED: readonly InventoryColumn[] = [
  { name: "as_of", type: "time", description: "The first collection that saw it so" },
  { name: "until", type: "time", description: "The first collection that saw it so no longer; null while it holds" },
  { name: "collected_at", type: "time", description: "The collection that wrote the row" },
];

/** The columns that the tables are partitioned by, all text: 12 digits, region, and `yyyyMMdd` (UTC) of the collection. */
export const INVENTORY_PARTITION_KEYS = ["accountid", "region", "eventday"] as const;
export type InventoryPartition = Readonly<Record<(typeof INVENTORY_PARTITION_KEYS)[number], string>>;

/** The tables that hold an inventory, without their partition keys. */
export const INVENTORY_TABLES = {
  security_group_rules: {
    name: "security_group_rules",
    description: "Rules of security groups, one row for each time that a rule held",
    columns: [
      { name: "rule_id", type: "string", description: "Of EC2; made up of group and condition where EC2 gave none" },
      { name: "group_id", type: "string", description: "The group that holds it" },
      { name: "group_name", type: "string", description: "The group's name" },
      { name: "vpc_id", type: "string", description: "The group's VPC" },
      { name: "direction", type: "string", description: "ingress or egress" },
      { name: "protocol", type: "string", description: "tcp, udp, icmp, icmpv6, all, or an IANA number" },
      { name: "from_port", type: "long", description: "First port or ICMP type; null for all" },
      { name: "to_port", type: "long", description: "Last port or ICMP code; null for all" },
      { name: "cidr", type: "string", description: "Address range of the other end" },
      { name: "prefix_list_id", type: "string", description: "Prefix list of the other end" },
      { name: "prefix_list_cidrs", type: "strings", description: "What the prefix list holds now; null if not known" },
      { name: "referenced_group_id", type: "string", description: "Security group of the other end" },
      { name: "description", type: "string", description: "The rule's own" },
      { name: "interface_count", type: "long", description: "Interfaces that have the group now" },
      ...DATED,
    ],
  },
  interfaces: {
    name: "interfaces",
    description: "Network interfaces, one row for each of their states",
    columns: [
      { name: "interface_id", type: "string", description: "eni-…" },
      { name: "account_id", type: "string", description: "The owner's" },
      { name: "vpc_id", type: "string", description: "Its VPC" },
      { name: "subnet_id", type: "string", description: "Its subnet" },
      { name: "addresses", type: "strings", description: "Private IPv4, the primary one first, then IPv6" },
      { name: "public_addresses", type: "strings", description: "Public and Elastic IPv4" },
      { name: "prefixes", type: "strings", description: "Delegated prefixes as CIDR" },
      { name: "groups", type: "strings", description: "Ids of its security groups" },
      { name: "name", type: "string", description: "Its tag Name, else that of its instance" },
      { name: "instance_id", type: "string", description: "The instance it is attached to" },
      { name: "type", type: "string", description: "interface, nat_gateway, lambda …" },
      { name: "description", type: "string", description: "Its own" },
      { name: "tags", type: "string", description: "The tags that were asked for, as a JSON object" },
      ...DATED,
    ],
  },
} as const satisfies Record<string, InventoryTable>;

/** Glue (Hive) type of a column. */
export function glueTypeOf(type: InventoryColumnType): string {
  return { string: "string", long: "bigint", strings: "array<string>", time: "string" }[type];
}

/** DuckDB type of a column. */
export function duckdbTypeOf(type: InventoryColumnType): string {
  return { string: "VARCHAR", long: "BIGINT", strings: "VARCHAR[]", time: "VARCHAR" }[type];
}

/** A row with all columns in their order; null for what is absent. */
export type InventoryRow = Readonly<Record<string, string | number | readonly string[] | null>>;

/** The partition of all rows of a snapshot. */
export function partitionOf({ accountId, region, collectedAt }: InventorySnapshot): InventoryPartition {
  return {
    accountid: accountId,
    region,
    eventday: new Date(collectedAt).toISOString().slice(0, 10).replaceAll("-", ""),
  };
}
