import type { Basis } from "./explanation.js";
import type { NetworkAcl, NetworkInterface, PrefixList, SecurityGroup } from "./inventory.js";
import { AclTable } from "./network-acl.js";
import type { NetworkHistory } from "./network-history.js";
import { RulePool } from "./rule-pool.js";
import { RuleTable } from "./rule-table.js";
import { type GroupTables, type InterfaceState, type Period, Situation } from "./situation.js";
import type { Span, Timeline } from "./timeline.js";

interface CompiledGroup {
  readonly prefixLists: readonly PrefixList[];
  readonly tables: GroupTables;
}

/**
 * The situations of all interfaces, made when first asked for and then kept. There are as many periods as interfaces and changes of them
 * or their groups in the inventory, and as many compiled groups as states of groups (and of the prefix lists they name).
 */
export class Situations {
  readonly pool = new RulePool();
  readonly #history: NetworkHistory;
  readonly #periods = new Map<string, Period>();
  #periodCount = 0;
  readonly #situations = new Map<string, Situation>();
  readonly #compiled = new Map<SecurityGroup, CompiledGroup[]>();
  readonly #aclTables = new Map<NetworkAcl, AclTable>();
  readonly #prefixListIds = new Map<SecurityGroup, readonly string[]>();
  readonly #unknownGroups = new Map<string, SecurityGroup>();
  readonly #causes = new Map<string, number>();
  readonly #numbers = new Map<object, number>();

  constructor(history: NetworkHistory) {
    this.#history = history;
  }

  /** The period that holds the time, in ms; undefined when no inventory has the interface. */
  at(interfaceId: string, time: number): Period | undefined {
    const known = this.#periods.get(interfaceId);
    for (let period = known; period !== undefined; period = period.next) {
      if (time >= period.from && time < period.to) return period;
    }
    const timeline = this.#history.interfaces.get(interfaceId);
    if (timeline === undefined) return undefined;
    const period = this.#make(interfaceId, timeline, time, known);
    this.#periods.set(interfaceId, period);
    return period;
  }

  #make(id: string, timeline: Timeline<NetworkInterface>, time: number, next: Period | undefined): Period {
    const { groups, prefixLists } = this.#history;
    const span = timeline.at(time);
    const recorder = span.state;
    const stretch = { from: span.from, to: span.to };
    const narrow = <T extends { readonly from: number; readonly to: number }>(part: T): T => {
      stretch.from = Math.max(stretch.from, part.from);
      stretch.to = Math.min(stretch.to, part.to);
      return part;
    };
    const known: Pick<Span<{ asOf: number }>, "later" | "state">[] = [span];
    const states = recorder.groups.map((groupId) => {
      const group = groups.get(groupId)?.at(time);
      if (group === undefined) return this.#unknownGroup(groupId, recorder.asOf);
      known.push(narrow(group));
      return group.state;
    });
    const lists = [...new Set(states.flatMap((group) => this.#namedLists(group)))].flatMap((listId) => {
      const list = prefixLists.get(listId)?.at(time);
      if (list === undefined) return [];
      known.push(narrow(list));
      return list.state;
    });
    const { acl, later } = narrow(this.#history.aclAt(recorder.subnetId, time));
    if (acl !== undefined) known.push({ state: acl, later });
    const basis: Basis = known.some((part) => part.later) ? "later" : timeline.isGone ? "tombstone" : "exact";
    const asOf = Math.max(...known.map(({ state }) => state.asOf));
    const collectedAt = this.#history.collectedAt(id) ?? asOf;
    const situation = this.#situation(recorder, { groups: states, acl, basis, asOf, collectedAt }, lists);
    const { vpcId, subnetId, name } = recorder;
    return { number: this.#periodCount++, ...stretch, recorder, vpcId, subnetId, name, situation, next };
  }

  #situation(
    { type, vpcId }: NetworkInterface,
    state: Omit<InterfaceState, "interface">,
    prefixLists: readonly PrefixList[],
  ): Situation {
    const { groups, acl, basis, asOf, collectedAt } = state;
    const cause = [groups.map((group) => this.#number(group)), basis, asOf, collectedAt, type].join(" ");
    const key = [cause, vpcId, acl && this.#number(acl), prefixLists.map((list) => this.#number(list))].join(" ");
    const known = this.#situations.get(key);
    if (known !== undefined) return known;
    const facts = {
      cause: this.#causeNumber(cause),
      state,
      interfaceType: type,
      aclTable: acl && this.#aclTable(acl),
      aclNumber: acl === undefined ? 0 : 1 + this.#number(acl),
    };
    const situation = new Situation(facts, () => groups.map((group) => this.#compile(group, prefixLists)));
    this.#situations.set(key, situation);
    return situation;
  }

  #compile(group: SecurityGroup, all: readonly PrefixList[]): GroupTables {
    const named = this.#namedLists(group);
    const prefixLists = all.filter(({ id }) => named.includes(id));
    const known = this.#compiled.get(group) ?? [];
    this.#compiled.set(group, known);
    const fitting = known.find(
      (compiled) =>
        compiled.prefixLists.length === prefixLists.length &&
        compiled.prefixLists.every((list, i) => list === prefixLists[i]),
    );
    if (fitting !== undefined) return fitting.tables;
    const references = this.#history.references(prefixLists);
    const rules = group.rules ?? [];
    const ingress = rules.filter(({ direction }) => direction === "ingress");
    const egress = rules.filter(({ direction }) => direction === "egress");
    const tables: GroupTables = {
      ingress: new RuleTable(ingress, references, this.pool),
      egress: new RuleTable(egress, references, this.pool),
    };
    known.push({ prefixLists, tables });
    return tables;
  }

  #namedLists(group: SecurityGroup): readonly string[] {
    const known = this.#prefixListIds.get(group);
    if (known !== undefined) return known;
    const ids = (group.rules ?? []).flatMap(({ peer }) => (peer.kind === "prefix-list" ? [peer.prefixListId] : []));
    const unique = [...new Set(ids)];
    this.#prefixListIds.set(group, unique);
    return unique;
  }

  #unknownGroup(id: string, asOf: number): SecurityGroup {
    const key = `${id} ${asOf}`;
    const group = this.#unknownGroups.get(key) ?? Object.freeze({ id, asOf });
    this.#unknownGroups.set(key, group);
    return group;
  }

  #aclTable(acl: NetworkAcl): AclTable {
    const table = this.#aclTables.get(acl) ?? new AclTable(acl);
    this.#aclTables.set(acl, table);
    return table;
  }

  #causeNumber(cause: string): number {
    const number = this.#causes.get(cause) ?? this.#causes.size;
    this.#causes.set(cause, number);
    return number;
  }

  #number(state: object): number {
    const number = this.#numbers.get(state) ?? this.#numbers.size;
    this.#numbers.set(state, number);
    return number;
  }
}
