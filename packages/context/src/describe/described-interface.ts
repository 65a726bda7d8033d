import type { NetworkInterface } from "../inventory.js";
import type { Described } from "./described.js";
import type { DescribedRecord } from "./described-record.js";
import { nameOf, tagsOf } from "./described-tags.js";
import { optional } from "./optional.js";
import { regionOfZone } from "./region.js";

export interface InterfaceContext {
  readonly asOf: number;
  /** Tags to keep, `Name` apart. */
  readonly tags: readonly string[];
  /** Names of instances by id. */
  readonly instanceNames: ReadonlyMap<string, string>;
}

/** An element of `NetworkInterfaces` (EC2 API reference, NetworkInterface). */
export function describedInterface(json: DescribedRecord, context: InterfaceContext): Described<NetworkInterface> {
  const id = json.requiredText("NetworkInterfaceId");
  const record = json.named(id);
  const accountId = record.accountId("OwnerId");
  const vpcId = record.text("VpcId");
  const instanceId = record.object("Attachment")?.text("InstanceId");
  const tags = tagsOf(record, "TagSet");
  return {
    accountId,
    vpcId,
    region: regionOfZone(record.text("AvailabilityZone")),
    state: {
      id,
      ...optional("accountId", accountId),
      ...optional("vpcId", vpcId),
      ...optional("subnetId", record.text("SubnetId")),
      ...addressesOf(record),
      prefixes: prefixesOf(record),
      groups: record.objects("Groups").map((group) => group.requiredText("GroupId")),
      ...optional("name", nameOf(tags) ?? context.instanceNames.get(instanceId ?? "")),
      ...optional("description", record.text("Description")),
      type: record.text("InterfaceType") ?? "interface",
      ...optional("instanceId", instanceId),
      tags: Object.fromEntries(
        context.tags.flatMap((key) => {
          const value = tags.get(key);
          return value === undefined || key === "Name" ? [] : [[key, value]];
        }),
      ),
      asOf: context.asOf,
    },
  };
}

function addressesOf(record: DescribedRecord): Pick<NetworkInterface, "addresses" | "publicAddresses"> {
  // PrivateIpAddress and Association of the interface itself are those of its primary address.
  const ipv4 = [record, ...record.objects("PrivateIpAddresses").sort(primaryFirst)];
  const ipv6 = [record, ...record.objects("Ipv6Addresses")];
  const associations = ipv4.map((each) => each.object("Association"));
  return {
    addresses: known([
      ...ipv4.map((each) => each.address("PrivateIpAddress")),
      ...ipv6.map((each) => each.address("Ipv6Address")),
    ]),
    publicAddresses: known(associations.flatMap((each) => PUBLIC_ADDRESSES.map((key) => each?.address(key)))),
  };
}

/** Of an association: on the internet, in an Outpost's network, in a mobile carrier's. */
const PUBLIC_ADDRESSES = ["PublicIp", "CustomerOwnedIp", "CarrierIp"];

const primaryFirst = (a: DescribedRecord, b: DescribedRecord): number =>
  Number(b.flag("Primary") ?? false) - Number(a.flag("Primary") ?? false);

function prefixesOf(record: DescribedRecord): readonly string[] {
  return known([
    ...record.objects("Ipv4Prefixes").map((each) => each.cidr("Ipv4Prefix")),
    ...record.objects("Ipv6Prefixes").map((each) => each.cidr("Ipv6Prefix")),
  ]);
}

const known = (texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
];
