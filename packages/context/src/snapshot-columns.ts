import type {
  InventoryPart,
  InventorySnapshot,
  NetworkAcl,
  NetworkInterface,
  PrefixList,
  RulePeer,
  SecurityGroup,
  SecurityGroupRule,
} from "./inventory.js";
import { Dictionary, numbered } from "./snapshot-dictionary.js";

/**
 * A snapshot as columns: text, rules, peers and group sets that occur often are written once and named by number, 0 for none. Reading them
 * back gives the same object for the same rule or group set, so that both can be compared by identity and memory holds them once.
 */
export interface SnapshotColumns {
  readonly accountId: string;
  readonly region: string;
  readonly collectedAt: number;
  readonly missing: readonly InventoryPart[];
  readonly texts: readonly string[];
  readonly peers: readonly RulePeer[];
  /** Lists of numbers of texts. */
  readonly groupSets: readonly (readonly number[])[];
  readonly rules: RuleColumns;
  readonly interfaces: InterfaceColumns;
  readonly groups: GroupColumns;
  // Few and small; written as they are.
  readonly prefixLists: readonly PrefixList[];
  readonly networkAcls: readonly NetworkAcl[];
}

/** Columns of numbers that say when a state held; `until` is 0 while it does. */
interface DatedColumns {
  readonly asOf: number[];
  readonly until: number[];
}

interface RuleColumns {
  readonly id: string[];
  readonly egress: number[];
  readonly protocol: number[];
  /** Null for none: 0 is a port. */
  readonly fromPort: (number | null)[];
  readonly toPort: (number | null)[];
  readonly peer: number[];
  readonly description: number[];
}

interface InterfaceColumns extends DatedColumns {
  readonly id: string[];
  readonly accountId: number[];
  readonly vpcId: number[];
  readonly subnetId: number[];
  readonly addresses: (readonly string[])[];
  /** Empty lists as 0: most interfaces have neither. */
  readonly prefixes: (readonly string[] | 0)[];
  readonly publicAddresses: (readonly string[] | 0)[];
  readonly groups: number[];
  readonly name: number[];
  readonly description: number[];
  readonly type: number[];
  readonly instanceId: number[];
  readonly tags: (readonly (readonly [string, string])[] | 0)[];
}

interface GroupColumns extends DatedColumns {
  readonly id: string[];
  readonly accountId: number[];
  readonly vpcId: number[];
  readonly name: number[];
  readonly description: number[];
  /** Numbers of rules; null where they are not known. */
  readonly rules: (readonly number[] | null)[];
}

/** The columns of a snapshot. */
export function toColumns(snapshot: InventorySnapshot): SnapshotColumns {
  const { accountId, region, collectedAt, missing, prefixLists, networkAcls } = snapshot;
  const texts = new Dictionary<string>((text) => text);
  const peers = new Dictionary<RulePeer>((peer) => JSON.stringify(peer));
  const groupSets = new Dictionary<readonly number[]>((numbers) => numbers.join());
  const rules = new Dictionary<SecurityGroupRule>((rule) => JSON.stringify(rule));
  const interfaces = interfaceColumns(snapshot.interfaces, texts, groupSets);
  const groups = groupColumns(snapshot.groups, texts, rules);
  return {
    accountId,
    region,
    collectedAt,
    missing,
    rules: ruleColumns(rules.values, texts, peers),
    interfaces,
    groups,
    prefixLists,
    networkAcls,
    texts: texts.values,
    peers: peers.values,
    groupSets: groupSets.values,
  };
}

function ruleColumns(
  rules: readonly SecurityGroupRule[],
  texts: Dictionary<string>,
  peers: Dictionary<RulePeer>,
): RuleColumns {
  return {
    id: rules.map(({ id }) => id),
    egress: rules.map(({ direction }) => (direction === "egress" ? 1 : 0)),
    protocol: rules.map(({ protocol }) => protocol),
    fromPort: rules.map(({ fromPort }) => fromPort ?? null),
    toPort: rules.map(({ toPort }) => toPort ?? null),
    peer: rules.map(({ peer }) => peers.numberOf(peer)),
    description: rules.map(({ description }) => texts.numberOf(description)),
  };
}

function interfaceColumns(
  interfaces: readonly NetworkInterface[],
  texts: Dictionary<string>,
  groupSets: Dictionary<readonly number[]>,
): InterfaceColumns {
  const unlessEmpty = <T>(list: readonly T[]) => (list.length === 0 ? 0 : list);
  return {
    id: interfaces.map(({ id }) => id),
    accountId: interfaces.map(({ accountId }) => texts.numberOf(accountId)),
    vpcId: interfaces.map(({ vpcId }) => texts.numberOf(vpcId)),
    subnetId: interfaces.map(({ subnetId }) => texts.numberOf(subnetId)),
    addresses: interfaces.map(({ addresses }) => addresses),
    prefixes: interfaces.map(({ prefixes }) => unlessEmpty(prefixes)),
    publicAddresses: interfaces.map(({ publicAddresses }) => unlessEmpty(publicAddresses)),
    groups: interfaces.map(({ groups }) => groupSets.numberOf(groups.map((id) => texts.numberOf(id)))),
    name: interfaces.map(({ name }) => texts.numberOf(name)),
    description: interfaces.map(({ description }) => texts.numberOf(description)),
    type: interfaces.map(({ type }) => texts.numberOf(type)),
    instanceId: interfaces.map(({ instanceId }) => texts.numberOf(instanceId)),
    tags: interfaces.map(({ tags }) => unlessEmpty(Object.entries(tags))),
    asOf: interfaces.map(({ asOf }) => asOf),
    until: interfaces.map(({ until }) => until ?? 0),
  };
}

function groupColumns(
  groups: readonly SecurityGroup[],
  texts: Dictionary<string>,
  rules: Dictionary<SecurityGroupRule>,
): GroupColumns {
  return {
    id: groups.map(({ id }) => id),
    accountId: groups.map(({ accountId }) => texts.numberOf(accountId)),
    vpcId: groups.map(({ vpcId }) => texts.numberOf(vpcId)),
    name: groups.map(({ name }) => texts.numberOf(name)),
    description: groups.map(({ description }) => texts.numberOf(description)),
    rules: groups.map((group) => group.rules?.map((rule) => rules.numberOf(rule)) ?? null),
    asOf: groups.map(({ asOf }) => asOf),
    until: groups.map(({ until }) => until ?? 0),
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The snapshot of its columns. Throws, with whatever error, if they are not what `toColumns` gives. */
export function fromColumns(columns: SnapshotColumns): InventorySnapshot {
  const { accountId, region, collectedAt, missing, prefixLists, networkAcls, texts } = columns;
  if (!texts.every((each) => typeof each === "string")) throw new RangeError("a text is none");
  return {
    accountId,
    region,
    collectedAt,
    missing,
    interfaces: interfacesOf(columns),
    groups: groupsOf(columns, rulesOf(columns)),
    prefixLists,
    networkAcls,
  };
}

function rulesOf({
  rules: { id, egress, protocol, fromPort, toPort, peer, description },
  peers,
  texts,
}: SnapshotColumns): readonly SecurityGroupRule[] {
  return id.map((each, row) => {
    const rule: Writable<SecurityGroupRule> = {
      id: each,
      direction: egress[row] === 1 ? "egress" : "ingress",
      protocol: present(protocol[row]),
      peer: numbered(peers, present(peer[row])),
    };
    const from = fromPort[row];
    const to = toPort[row];
    if (typeof from === "number") rule.fromPort = from;
    if (typeof to === "number") rule.toPort = to;
    const text = description[row];
    if (text) rule.description = numbered(texts, text);
    return rule;
  });
}

function groupsOf({ groups, texts }: SnapshotColumns, rules: readonly SecurityGroupRule[]): readonly SecurityGroup[] {
  const { id, accountId, vpcId, name, description, rules: lists, asOf, until } = groups;
  return id.map((each, row) => {
    const group: Writable<SecurityGroup> = { id: each, asOf: present(asOf[row]) };
    if (accountId[row]) group.accountId = numbered(texts, accountId[row]);
    if (vpcId[row]) group.vpcId = numbered(texts, vpcId[row]);
    if (name[row]) group.name = numbered(texts, name[row]);
    if (description[row]) group.description = numbered(texts, description[row]);
    const list = lists[row];
    if (list) group.rules = list.map((number) => numbered(rules, number));
    if (until[row]) group.until = until[row];
    return group;
  });
}

const NONE: readonly never[] = Object.freeze([]);
const NO_TAGS: Readonly<Record<string, string>> = Object.freeze({});

function interfacesOf({ interfaces, groupSets, texts }: SnapshotColumns): readonly NetworkInterface[] {
  const { id, accountId, vpcId, subnetId, addresses, prefixes, publicAddresses, asOf, until } = interfaces;
  const { groups, name, description, type, instanceId, tags } = interfaces;
  const sets = groupSets.map((numbers) => numbers.map((number) => numbered(texts, number)));
  return id.map((each, row) => {
    const pairs = tags[row];
    const state: Writable<NetworkInterface> = {
      id: each,
      addresses: present(addresses[row]),
      prefixes: prefixes[row] || NONE,
      publicAddresses: publicAddresses[row] || NONE,
      groups: numbered(sets, present(groups[row])),
      type: numbered(texts, present(type[row])),
      tags: pairs ? Object.fromEntries(pairs) : NO_TAGS,
      asOf: present(asOf[row]),
    };
    if (accountId[row]) state.accountId = numbered(texts, accountId[row]);
    if (vpcId[row]) state.vpcId = numbered(texts, vpcId[row]);
    if (subnetId[row]) state.subnetId = numbered(texts, subnetId[row]);
    if (name[row]) state.name = numbered(texts, name[row]);
    if (description[row]) state.description = numbered(texts, description[row]);
    if (instanceId[row]) state.instanceId = numbered(texts, instanceId[row]);
    if (until[row]) state.until = until[row];
    return state;
  });
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError("a column is too short");
  return value;
}
