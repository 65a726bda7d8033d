import { AddressOwners } from "./address-owners.js";
import type { InventorySnapshot, NetworkAcl, NetworkInterface, PrefixList, SecurityGroup } from "./inventory.js";
import { type IpRange, ipRange } from "./ip-range.js";
import type { RuleReferences } from "./rule-table.js";
import { type Span, type Timeline, timelinesById } from "./timeline.js";

/** The network ACL of a subnet for a stretch of time. */
export interface AclSpan {
  /** ms, included. */
  readonly from: number;
  /** ms, excluded. */
  readonly to: number;
  /** Undefined when none is known. */
  readonly acl: NetworkAcl | undefined;
  readonly later: boolean;
}

/** What several inventories know together, by id and over time. Making one reads ids and addresses alone; the rest is made when asked for. */
export class NetworkHistory {
  readonly interfaces: ReadonlyMap<string, Timeline<NetworkInterface>>;
  readonly groups: ReadonlyMap<string, Timeline<SecurityGroup>>;
  readonly prefixLists: ReadonlyMap<string, Timeline<PrefixList>>;
  readonly owners: AddressOwners;
  readonly #collectedAt = new Map<string, number>();
  readonly #aclsBySubnet = new Map<string, Timeline<NetworkAcl>[]>();
  readonly #groupNumbers = new Map<string, number>();
  #groupsOfInterfaces: ReadonlySet<string> | undefined;

  constructor(snapshots: readonly InventorySnapshot[]) {
    // Of states that begin together the newest inventory's is the last, and so counts.
    const byAge = [...snapshots].sort((a, b) => a.collectedAt - b.collectedAt);
    this.interfaces = timelinesById(byAge.flatMap(({ interfaces }) => interfaces));
    this.groups = timelinesById(byAge.flatMap(({ groups }) => groups));
    this.prefixLists = timelinesById(byAge.flatMap(({ prefixLists }) => prefixLists));
    for (const { collectedAt, interfaces } of byAge) {
      for (const { id } of interfaces) this.#collectedAt.set(id, collectedAt);
    }
    for (const timeline of timelinesById(byAge.flatMap(({ networkAcls }) => networkAcls)).values()) {
      for (const subnetId of new Set(timeline.states.flatMap(({ subnetIds }) => subnetIds))) {
        const known = this.#aclsBySubnet.get(subnetId);
        if (known === undefined) this.#aclsBySubnet.set(subnetId, [timeline]);
        else known.push(timeline);
      }
    }
    this.owners = new AddressOwners(this.interfaces.values(), (id) => this.groupNumber(id));
  }

  /** When the last collection began of the newest inventory that has the interface, ms. */
  collectedAt(interfaceId: string): number | undefined {
    return this.#collectedAt.get(interfaceId);
  }

  /** The network ACL of the subnet: the one in force, else the last one that was, else the first one known. */
  aclAt(subnetId: string | undefined, time: number): AclSpan {
    let from = -Infinity;
    let to = Infinity;
    let best: Span<NetworkAcl> | undefined;
    for (const timeline of (subnetId !== undefined && this.#aclsBySubnet.get(subnetId)) || []) {
      const span = timeline.at(time);
      from = Math.max(from, span.from);
      to = Math.min(to, span.to);
      if (subnetId !== undefined && span.state.subnetIds.includes(subnetId) && isNearer(span, best)) best = span;
    }
    return { from, to, acl: best?.state, later: best?.later ?? false };
  }

  /** A small number that stands for the group, whether or not an inventory has it. */
  groupNumber(id: string): number {
    const known = this.#groupNumbers.get(id);
    if (known !== undefined) return known;
    const number = this.#groupNumbers.size;
    this.#groupNumbers.set(id, number);
    return number;
  }

  /** Whether an inventory has the group, or an interface that is or was in it. */
  knowsGroup(id: string): boolean {
    if (this.groups.has(id)) return true;
    this.#groupsOfInterfaces ??= new Set(
      [...this.interfaces.values()].flatMap(({ states }) => states.flatMap(({ groups }) => groups)),
    );
    return this.#groupsOfInterfaces.has(id);
  }

  /** What rules may refer to, with these states of prefix lists. */
  references(prefixLists: readonly PrefixList[]): RuleReferences {
    return {
      prefixList: (id) => blocksOf(prefixLists.find((list) => list.id === id)),
      groupNumber: (id) => this.groupNumber(id),
      knowsGroup: (id) => this.knowsGroup(id),
    };
  }
}

/** The blocks of a prefix list; undefined when they are not known. */
export function blocksOf(list: PrefixList | undefined): readonly IpRange[] | undefined {
  return list?.cidrs?.flatMap((cidr) => ipRange(cidr) ?? []);
}

function isNearer(span: Span<NetworkAcl>, than: Span<NetworkAcl> | undefined): boolean {
  if (than === undefined) return true;
  const difference = distance(span) - distance(than);
  if (difference !== 0) return difference < 0;
  return span.later ? span.state.asOf < than.state.asOf : span.state.asOf > than.state.asOf;
}

function distance({ later, existed }: Span<NetworkAcl>): number {
  return later ? 2 : existed ? 0 : 1;
}
