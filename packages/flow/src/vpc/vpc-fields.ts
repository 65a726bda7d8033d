/**
 * Every field of VPC flow logs, versions 2 to 11, in the order of the Amazon VPC User Guide, "Available fields". Version 6 exists for
 * transit gateways only.
 */
export const VPC_FIELDS = [
  // version 2
  "version",
  "account-id",
  "interface-id",
  "srcaddr",
  "dstaddr",
  "srcport",
  "dstport",
  "protocol",
  "packets",
  "bytes",
  "start",
  "end",
  "action",
  "log-status",
  // version 3
  "vpc-id",
  "subnet-id",
  "instance-id",
  "tcp-flags",
  "type",
  "pkt-srcaddr",
  "pkt-dstaddr",
  // version 4
  "region",
  "az-id",
  "sublocation-type",
  "sublocation-id",
  // version 5
  "pkt-src-aws-service",
  "pkt-dst-aws-service",
  "flow-direction",
  "traffic-path",
  // version 7
  "ecs-cluster-arn",
  "ecs-cluster-name",
  "ecs-container-instance-arn",
  "ecs-container-instance-id",
  "ecs-container-id",
  "ecs-second-container-id",
  "ecs-service-name",
  "ecs-task-definition-arn",
  "ecs-task-arn",
  "ecs-task-id",
  // version 8
  "reject-reason",
  // version 9
  "resource-id",
  // version 10
  "encryption-status",
  // version 11
  "instance-tag",
  "instance-tag-2",
  "interface-tag",
  "interface-tag-2",
  "asg-tag",
  "asg-tag-2",
  "interface-type",
  "next-hop-interface-id",
  "next-hop-subnet-id",
  "next-hop-az-id",
  "next-hop-vpc-id",
  "next-hop-interface-type",
] as const;

export type VpcField = (typeof VPC_FIELDS)[number];

/** How many fields each version defines in all; a format that selects them all in table order has this many. */
export const FIELDS_UP_TO_VERSION: Readonly<Record<number, number>> = {
  2: 14,
  3: 21,
  4: 25,
  5: 29,
  7: 39,
  8: 40,
  9: 41,
  10: 42,
  11: 54,
};

/** Tag values are UTF-8 percent-encoded, so that they hold no space: decode after splitting. */
export const PERCENT_ENCODED: ReadonlySet<string> = new Set([
  "instance-tag",
  "instance-tag-2",
  "interface-tag",
  "interface-tag-2",
  "asg-tag",
  "asg-tag-2",
]);

// SDK, Parquet and SQL spell the same names with underscores, in camel case or as ${name}.
const squash = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");
const BY_SPELLING: ReadonlyMap<string, VpcField> = new Map(VPC_FIELDS.map((field) => [squash(field), field]));

/** The field that a name means in any of its spellings, or undefined for a name that no version up to 11 defines. */
export function vpcField(name: string): VpcField | undefined {
  return BY_SPELLING.get(squash(name));
}

const FIELD_NAME = /^(?:\$\{)?[A-Za-z][A-Za-z0-9_-]*\}?$/;

/**
 * Whether the words are the header line of a flow-log file: names only, at least half of them known (a later version may add some),
 * or a transit gateway's. A record is never mistaken for one, since it holds numbers.
 */
export function isVpcHeader(words: readonly string[]): boolean {
  if (words.length === 0 || !words.every((word) => FIELD_NAME.test(word))) return false;
  const known = words.filter((word) => vpcField(word) !== undefined).length;
  return isTransitGatewayHeader(words) || (known * 2 >= words.length && (known > 1 || words.length === 1));
}

/** Transit gateway flow logs are another record type: 36 fields, of which these two exist nowhere else. */
export function isTransitGatewayHeader(words: readonly string[]): boolean {
  const names = words.map(squash);
  return names.includes("tgwid") || names.includes("resourcetype");
}
