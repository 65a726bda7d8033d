import type {
  InventorySnapshot,
  NetworkAcl,
  NetworkInterface,
  PrefixList,
  RulePeer,
  SecurityGroup,
  SecurityGroupRule,
} from "@tributary/context";
import fc from "fast-check";

/** Any text that JSON can hold, lone surrogates excepted: files are UTF-8. */
const text = fc.string({ unit: "binary", maxLength: 12 });
const time = fc.integer({ min: 1, max: 4_102_444_800_000 });
const port = fc.integer({ min: -1, max: 65535 });

/** `T` with optional keys absent, never undefined. */
function record<T>(model: { [K in keyof T]-?: fc.Arbitrary<NonNullable<T[K]>> }, required: readonly (keyof T)[]) {
  return fc.record(model, { requiredKeys: [...required], noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
}

const dated = { asOf: time, until: time };

const peer: fc.Arbitrary<RulePeer> = fc.oneof(
  record<RulePeer & { kind: "cidr" }>({ kind: fc.constant("cidr"), cidr: text }, ["kind", "cidr"]),
  record<RulePeer & { kind: "prefix-list" }>({ kind: fc.constant("prefix-list"), prefixListId: text }, [
    "kind",
    "prefixListId",
  ]),
  record<RulePeer & { kind: "group" }>(
    { kind: fc.constant("group"), groupId: text, vpcId: text, accountId: text, active: fc.boolean() },
    ["kind", "groupId", "active"],
  ),
);

const direction = fc.constantFrom("ingress" as const, "egress" as const);

const rule = record<SecurityGroupRule>(
  {
    id: text,
    direction,
    protocol: fc.integer({ min: -1, max: 255 }),
    fromPort: port,
    toPort: port,
    peer,
    description: text,
  },
  ["id", "direction", "protocol", "peer"],
);

const networkInterface = record<NetworkInterface>(
  {
    ...dated,
    id: text,
    accountId: text,
    vpcId: text,
    subnetId: text,
    addresses: fc.array(text, { maxLength: 3 }),
    prefixes: fc.array(text, { maxLength: 2 }),
    publicAddresses: fc.array(text, { maxLength: 2 }),
    groups: fc.array(text, { maxLength: 3 }),
    name: text,
    description: text,
    type: text,
    instanceId: text,
    tags: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
  },
  ["asOf", "id", "addresses", "prefixes", "publicAddresses", "groups", "type", "tags"],
);

const securityGroup = record<SecurityGroup>(
  {
    ...dated,
    id: text,
    accountId: text,
    vpcId: text,
    name: text,
    description: text,
    rules: fc.array(rule, { maxLength: 4 }),
  },
  ["asOf", "id"],
);

const prefixList = record<PrefixList>({ ...dated, id: text, name: text, cidrs: fc.array(text, { maxLength: 3 }) }, [
  "asOf",
  "id",
]);

const networkAcl = record<NetworkAcl>(
  {
    ...dated,
    id: text,
    accountId: text,
    vpcId: text,
    name: text,
    subnetIds: fc.array(text, { maxLength: 2 }),
    entries: fc.array(
      record<NetworkAcl["entries"][number]>(
        {
          number: fc.integer({ min: 1, max: 32768 }),
          direction,
          protocol: fc.integer({ min: -1, max: 255 }),
          fromPort: port,
          toPort: port,
          icmpType: port,
          icmpCode: port,
          cidr: text,
          action: fc.constantFrom("allow" as const, "deny" as const),
        },
        ["number", "direction", "protocol", "cidr", "action"],
      ),
      { maxLength: 3 },
    ),
  },
  ["asOf", "id", "subnetIds", "entries"],
);

/** Anything that the types of a snapshot allow, sensible or not. */
export const anySnapshot: fc.Arbitrary<InventorySnapshot> = record<InventorySnapshot>(
  {
    accountId: fc.stringMatching(/^[0-9]{12}$/),
    region: fc.constantFrom("eu-central-1", "us-gov-west-1", "eusc-de-east-1"),
    collectedAt: time,
    missing: fc.subarray(["interfaces", "rules", "network-acls"] as const),
    interfaces: fc.array(networkInterface, { maxLength: 4 }),
    groups: fc.array(securityGroup, { maxLength: 3 }),
    prefixLists: fc.array(prefixList, { maxLength: 2 }),
    networkAcls: fc.array(networkAcl, { maxLength: 2 }),
  },
  ["accountId", "region", "collectedAt", "missing", "interfaces", "groups", "prefixLists", "networkAcls"],
);
