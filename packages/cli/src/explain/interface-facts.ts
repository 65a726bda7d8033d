import type { Basis, InterfaceState, InventorySnapshot, NetworkInterface } from "@tributary/context";
import { formatTime } from "../terminal/units.js";
import type { Fact } from "./report.js";
import { nameAndId } from "./rule-rows.js";

/** What is known of an interface, and since when. */
export function interfaceFacts(state: InterfaceState): readonly Fact[] {
  const { interface: on, groups, basis, asOf, collectedAt } = state;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["interface", nameAndId(on.name, on.id)],
    ["type", on.type === "interface" ? undefined : on.type.replaceAll("_", " ")],
    ["instance", on.instanceId],
    ["description", on.description],
    ["account", on.accountId],
    ["VPC, subnet", [on.vpcId, on.subnetId].filter((id) => id !== undefined).join(", ")],
    ["addresses", addressesOf(on)],
    ["groups", groups.length === 0 ? "none" : groups.map(({ name, id }) => nameAndId(name, id)).join(", ")],
    ["known since", `${formatTime(asOf)}, by the inventory of ${formatTime(collectedAt)}${BASIS[basis]}`],
  ];
  return facts.flatMap(([label, value]) => (value === undefined || value === "" ? [] : [[label, value] as const]));
}

const BASIS: Readonly<Record<Basis, string>> = {
  exact: "",
  later: "; that is after the flow, so the first known state was taken",
  tombstone: "; the interface is gone by now, what was known of it then was taken",
};

function addressesOf({ addresses, prefixes, publicAddresses }: NetworkInterface): string {
  return [...addresses, ...prefixes, ...publicAddresses.map((address) => `${address} (public)`)].join(", ");
}

/** What the inventory of an interface's account lacks, in a sentence; undefined when it lacks nothing. */
export function missingParts(snapshots: readonly InventorySnapshot[], on: NetworkInterface): string | undefined {
  const holder = snapshots.filter(({ interfaces }) => interfaces.some(({ id }) => id === on.id)).at(-1);
  if (holder === undefined || holder.missing.length === 0) return undefined;
  return `The inventory of account ${holder.accountId} in ${holder.region} lacks: ${holder.missing.join(", ")}.`;
}
