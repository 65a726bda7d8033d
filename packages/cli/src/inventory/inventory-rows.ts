import { type InventorySnapshot, peerText, portsText, protocolText } from "@tributary/context";
import { ConfigurationError } from "@tributary/flow";
import type { Column } from "../terminal/column.js";

export interface InventoryRows {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly unknown[])[];
}

const text = (name: string): Column => ({ name, type: "VARCHAR" });
const count = (name: string): Column => ({ name, type: "BIGINT" });
const moment = (name: string): Column => ({ name, type: "TIMESTAMP" });

/** What the snapshots hold, a row for each account and region: things that are there, and states of things that changed or are gone. */
export function inventoryCounts(snapshots: readonly InventorySnapshot[]): InventoryRows {
  return {
    columns: [
      text("account"),
      text("region"),
      moment("as_of"),
      moment("begins"),
      count("interfaces"),
      count("groups"),
      count("rules"),
      count("prefix_lists"),
      count("network_acls"),
      count("gone"),
      text("missing"),
    ],
    rows: snapshots.map((snapshot) => {
      const { interfaces, groups, prefixLists, networkAcls } = snapshot;
      const all = [...interfaces, ...groups, ...prefixLists, ...networkAcls];
      return [
        snapshot.accountId,
        snapshot.region,
        time(snapshot.collectedAt),
        time(all.reduce((first, { asOf }) => Math.min(first, asOf), snapshot.collectedAt)),
        holding(interfaces).length,
        holding(groups).length,
        holding(groups).reduce((sum, { rules }) => sum + (rules?.length ?? 0), 0),
        holding(prefixLists).length,
        holding(networkAcls).length,
        gone(interfaces) + gone(groups) + gone(prefixLists) + gone(networkAcls),
        snapshot.missing.join(" "),
      ];
    }),
  };
}

/** All states of the interfaces that have this id, instance, address or name. */
export function interfaceStates(snapshots: readonly InventorySnapshot[], wanted: string): InventoryRows {
  const rows = snapshots.flatMap(({ interfaces }) =>
    interfaces
      .filter(
        (each) =>
          [each.id, each.instanceId, each.name].includes(wanted) ||
          each.addresses.includes(wanted) ||
          each.publicAddresses.includes(wanted),
      )
      .map((each) => [
        each.id,
        each.name,
        each.instanceId,
        each.accountId,
        each.vpcId,
        each.subnetId,
        [...each.addresses, ...each.prefixes].join(" "),
        each.publicAddresses.join(" "),
        each.groups.join(" "),
        each.type,
        each.description,
        time(each.asOf),
        time(each.until),
      ]),
  );
  if (rows.length === 0) throw unknown("interface", wanted, "an id, instance, address or name");
  const names = ["interface", "name", "instance", "account", "vpc", "subnet", "addresses", "public", "groups", "type"];
  return { columns: [...names.map(text), text("description"), moment("as_of"), moment("until")], rows };
}

/** The rules of the group that has this id or name, in all its states. */
export function groupRules(snapshots: readonly InventorySnapshot[], wanted: string): InventoryRows {
  const states = snapshots.flatMap(({ groups }) => groups.filter(({ id, name }) => id === wanted || name === wanted));
  if (states.length === 0) throw unknown("group", wanted, "an id or name");
  const rows = states.flatMap((group) =>
    (group.rules ?? []).map((rule) => [
      group.id,
      group.name,
      rule.id,
      rule.direction,
      protocolText(rule.protocol),
      portsText(rule.protocol, rule.fromPort, rule.toPort),
      peerText(rule.peer),
      rule.description,
      time(group.asOf),
      time(group.until),
    ]),
  );
  const names = ["group", "group_name", "rule", "direction", "protocol", "ports", "peer", "description"];
  return { columns: [...names.map(text), moment("as_of"), moment("until")], rows };
}

interface State {
  readonly id: string;
  readonly until?: number;
}

const holding = <S extends State>(states: readonly S[]): readonly S[] =>
  states.filter(({ until }) => until === undefined);

/** Things of which no state holds any more. */
function gone(states: readonly State[]): number {
  const there = new Set(holding(states).map(({ id }) => id));
  return new Set(states.filter(({ id }) => !there.has(id)).map(({ id }) => id)).size;
}

const time = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms));

function unknown(what: string, wanted: string, forms: string): ConfigurationError {
  return new ConfigurationError(
    `unknown-${what}`,
    `the inventory has no ${what} ${JSON.stringify(wanted)}: give ${forms}, or collect a newer inventory`,
  );
}
