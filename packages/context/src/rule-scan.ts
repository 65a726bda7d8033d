import type { MatchedRule } from "./explanation.js";
import type { NetworkInterface, SecurityGroup } from "./inventory.js";
import { blocksOf, type NetworkHistory } from "./network-history.js";
import type { RuleBits } from "./rule-bits.js";
import { type RuleFacts, type RuleWorld, ruleMatch } from "./rule-match.js";
import type { RuleTable } from "./rule-table.js";

/** What the rules of an interface may refer to at the time, in ms. */
export function worldAt(history: NetworkHistory, recorder: NetworkInterface, time: number): RuleWorld {
  return {
    prefixList: (id) => blocksOf(history.prefixLists.get(id)?.at(time).state),
    membership(groupId, address) {
      const members = history.owners
        .claimsOn(address)
        .filter(({ isMember, from, to }) => isMember && from <= time && time < to);
      if (members.some(({ state }) => state.groups.includes(groupId))) return "yes";
      if (history.knowsGroup(groupId)) return "no";
      // An address of the recorder's own VPC that is known is not one of an unknown group.
      const { vpcId } = recorder;
      return vpcId !== undefined && members.some(({ state }) => state.vpcId === vpcId) ? "no" : "maybe";
    },
  };
}

/** Does what the table's `match` does, rule by rule: for flows that lack a field. */
export function scanRules(
  table: RuleTable,
  facts: RuleFacts,
  world: RuleWorld,
  position: number,
  sure: RuleBits,
  doubtful: RuleBits,
): void {
  for (let word = 0; word < table.words; word++) {
    let yes = 0;
    let maybe = 0;
    for (const [bit, rule] of table.rules.slice(word * 32, word * 32 + 32).entries()) {
      const match = ruleMatch(rule, facts, world);
      if (match === "yes") yes |= 1 << bit;
      else if (match === "maybe") maybe |= 1 << bit;
    }
    if (yes !== 0) sure.add(position + word, yes);
    if (maybe !== 0) doubtful.add(position + word, maybe);
  }
}

/** How far apart positions of groups are: room for 32,768 rules of each. */
export const GROUP_STRIDE = 1024;

/** The rules of the set, in order. `groups` are those of the tables. */
export function matchedRules(
  groups: readonly SecurityGroup[],
  tables: readonly RuleTable[],
  set: RuleBits,
): MatchedRule[] {
  const matched: MatchedRule[] = [];
  for (let i = 0; i < set.length; i += 2) {
    const position = set.pairs[i] as number;
    const at = Math.floor(position / GROUP_STRIDE);
    const group = groups[at];
    const first = (position % GROUP_STRIDE) * 32;
    for (let bits = set.pairs[i + 1] as number; bits !== 0; bits &= bits - 1) {
      const rule = tables[at]?.rules[first + 31 - Math.clz32(bits & -bits)];
      if (group !== undefined && rule !== undefined) matched.push({ group, rule });
    }
  }
  return matched;
}
