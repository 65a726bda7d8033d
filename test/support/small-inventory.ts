import { createHash } from "node:crypto";
import { encodeSnapshot, type InventorySnapshot, type NetworkInterface, type SecurityGroup } from "@tributary/context";

export const ACCOUNT = "123456789012";
export const REGION = "eu-west-1";
export const GROUP = "sg-0000000000000000a";
export const NOON = Date.UTC(2026, 3, 1, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const eni = (number: number): string => `eni-${number.toString(16).padStart(17, "0")}`;

export function networkInterface(number: number, asOf: number, groups: readonly string[] = [GROUP]): NetworkInterface {
  return {
    id: eni(number),
    accountId: ACCOUNT,
    vpcId: "vpc-0000000000000000a",
    subnetId: "subnet-0000000000000000a",
    addresses: [`10.0.${number >> 8}.${number & 255}`],
    prefixes: [],
    publicAddresses: [],
    groups,
    type: "interface",
    tags: {},
    asOf,
  };
}

export function securityGroup(asOf: number, id = GROUP): SecurityGroup {
  return {
    id,
    accountId: ACCOUNT,
    vpcId: "vpc-0000000000000000a",
    name: "web",
    rules: [
      {
        id: `sgr-${id.slice(3)}`,
        direction: "ingress",
        protocol: 6,
        fromPort: 443,
        toPort: 443,
        peer: { kind: "cidr", cidr: "0.0.0.0/0" },
      },
    ],
    asOf,
  };
}

/** What one collection saw: these interfaces, and one group that lets HTTPS in. */
export function inventory(
  interfaces: readonly number[],
  collectedAt: number,
  { region = REGION, groups = [securityGroup(collectedAt)] } = {},
): InventorySnapshot {
  return {
    accountId: ACCOUNT,
    region,
    collectedAt,
    missing: [],
    interfaces: interfaces.map((number) => networkInterface(number, collectedAt)),
    groups,
    prefixLists: [],
    networkAcls: [],
  };
}

/** The file of a snapshot whose version is yet to come. */
export function newerSnapshot(): Buffer {
  const bytes = encodeSnapshot(inventory([1], NOON));
  bytes.writeUInt16BE(99, 8);
  const signed = createHash("sha256").update(bytes.subarray(8, 10)).update(bytes.subarray(42)).digest();
  signed.copy(bytes, 10);
  return bytes;
}
