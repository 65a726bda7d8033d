import { isMadeUpRuleId, madeUpRuleId } from "./describe/described-permissions.js";
import type { NetworkAcl, NetworkInterface, PrefixList, SecurityGroup } from "./inventory.js";

/** A thing of an inventory in one state. */
export type InventoryState = NetworkInterface | SecurityGroup | PrefixList | NetworkAcl;

/**
 * Whether two states of a thing say the same, whenever they held. EC2 promises no order of lists, so it does not count, except that an
 * interface's first address is its primary one. A rule that came without an id of EC2's is the same as one with an id if it says the same.
 */
export function sameContent(a: InventoryState, b: InventoryState): boolean {
  // Most collections find everything as it was, in the same order.
  if (JSON.stringify(undated(a)) === JSON.stringify(undated(b))) return true;
  if (withoutIds(a) || withoutIds(b)) return canonical(named(a)) === canonical(named(b));
  return canonical(undated(a)) === canonical(undated(b));
}

function undated(state: InventoryState): object {
  return { ...state, asOf: undefined, until: undefined };
}

function withoutIds(state: InventoryState): boolean {
  return "rules" in state && (state.rules ?? []).some(({ id }) => isMadeUpRuleId(id));
}

/** All rules named by what they say. */
function named(state: InventoryState): object {
  if (!("rules" in state)) return undated(state);
  return { ...undated(state), rules: state.rules?.map((rule) => ({ ...rule, id: madeUpRuleId(state.id, rule) })) };
}

/** JSON text that is the same for the same content in any order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  const members = Object.entries(value).flatMap(([key, member]) => {
    if (member === undefined) return [];
    const primary = key === "addresses" && Array.isArray(member) ? canonical(member[0]) : "";
    return `${JSON.stringify(key)}:${primary}${canonical(member)}`;
  });
  return `{${members.sort().join(",")}}`;
}
