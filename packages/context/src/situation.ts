import type { Basis } from "./explanation.js";
import type { Direction, NetworkAcl, NetworkInterface, SecurityGroup } from "./inventory.js";
import type { AclTable } from "./network-acl.js";
import { PortClasses } from "./port-classes.js";
import { portsOf } from "./rule-match.js";
import type { RuleTable } from "./rule-table.js";

/** What the inventory knows of an interface at one time. */
export interface InterfaceState {
  readonly interface: NetworkInterface;
  /** In the interface's order. A group that no inventory has is here without `rules`. */
  readonly groups: readonly SecurityGroup[];
  /** Of its subnet; undefined when none is known. */
  readonly acl: NetworkAcl | undefined;
  readonly basis: Basis;
  /** Since when all of this is known to hold, ms. */
  readonly asOf: number;
  /** When the last collection began of the inventory that has the interface, ms. */
  readonly collectedAt: number;
}

/** A group's rules, compiled. */
export type GroupTables = Readonly<Record<Direction, RuleTable>>;

/** The rules of a situation's groups in one direction, in the order of groups. */
export interface DirectionRules {
  readonly tables: readonly RuleTable[];
  /**
   * Three numbers a group: its port signature, so that groups without a rule for a port need not be touched, and where its table begins
   * in the pool.
   */
  readonly index: Int32Array;
}

/** What of a situation is known without its rules. */
export interface SituationFacts {
  /** Tells apart what explanations show of a situation: its groups, since when, and what kind of interface; not its network ACL. */
  readonly cause: number;
  readonly state: Omit<InterfaceState, "interface">;
  readonly interfaceType: string;
  readonly aclTable: AclTable | undefined;
  /** Tells network ACLs and their states apart; 0 without one. */
  readonly aclNumber: number;
}

/** What explains flows, the interface apart: interfaces with the same groups share it. */
export class Situation {
  readonly facts: SituationFacts;
  readonly cause: number;
  readonly hasGroups: boolean;
  /** How many rules the groups have together. */
  readonly ruleCount: Readonly<Record<Direction, number>>;
  /** Ids of the groups whose rules are not known. */
  readonly unreadGroups: readonly string[];
  readonly #compile: () => readonly GroupTables[];
  #portClasses: PortClasses | undefined;
  #ingress: DirectionRules | undefined;
  #egress: DirectionRules | undefined;

  /** `compile` gives the tables of the groups, in their order. */
  constructor(facts: SituationFacts, compile: () => readonly GroupTables[]) {
    const { groups } = facts.state;
    const rules = groups.flatMap((group) => group.rules ?? []);
    const ingress = rules.filter(({ direction }) => direction === "ingress").length;
    this.facts = facts;
    this.cause = facts.cause;
    this.hasGroups = groups.length > 0;
    this.ruleCount = { ingress, egress: rules.length - ingress };
    this.unreadGroups = groups.filter((group) => group.rules === undefined).map((group) => group.id);
    this.#compile = compile;
  }

  /** Classes of ports that neither the groups' rules nor the network ACL's entries tell apart. */
  get portClasses(): PortClasses {
    if (this.#portClasses === undefined) {
      const { groups, acl } = this.facts.state;
      const ofRules = groups.flatMap(({ rules = [] }) => rules.map(portsOf)).filter((ports) => ports !== undefined);
      const ofEntries = (acl?.entries ?? []).flatMap(({ fromPort, toPort = fromPort }) =>
        fromPort === undefined || toPort === undefined ? [] : [[fromPort, toPort] as const],
      );
      this.#portClasses = new PortClasses([...ofRules, ...ofEntries]);
    }
    return this.#portClasses;
  }

  /** The rules of one direction, compiled when a flow first needs them. */
  rules(direction: Direction): DirectionRules {
    if (direction === "ingress") {
      this.#ingress ??= rulesOf(this.#compile(), direction);
      return this.#ingress;
    }
    this.#egress ??= rulesOf(this.#compile(), direction);
    return this.#egress;
  }
}

/** An interface's situation for a stretch of time. */
export interface Period {
  /** Tells periods apart, whichever interface they are of. */
  readonly number: number;
  /** ms, included. */
  readonly from: number;
  /** ms, excluded. */
  readonly to: number;
  readonly recorder: NetworkInterface;
  /** The recorder's. */
  readonly vpcId: string | undefined;
  readonly subnetId: string | undefined;
  readonly name: string | undefined;
  readonly situation: Situation;
  /** Another period of the interface. */
  readonly next: Period | undefined;
}

function rulesOf(groups: readonly GroupTables[], direction: Direction): DirectionRules {
  const tables = groups.map((group) => group[direction]);
  return { tables, index: Int32Array.from(tables.flatMap(({ portSignature, at }) => [...portSignature, at])) };
}
