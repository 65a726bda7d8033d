import { formatBytes, formatCount, formatTime } from "../terminal/units.js";
import type { TargetFindings } from "./explain-target.js";
import type { NetworkAt } from "./network-at.js";
import type { OpenRule } from "./open-rules.js";
import type { PortUse, PortUser } from "./port-users.js";
import { type Block, type MarkedRow, type Step, text } from "./report.js";
import { nameAndId, ruleCells } from "./rule-rows.js";
import { isAsked } from "./rule-use.js";

/** What is said of an interface that no group filters for. */
export const NO_GROUPS = "The interface has no security groups, so only the network ACL filters.";
/** So many other ends are named; the rest is counted. */
const NAMED = 20;

/** Who was let through in the window, and how many were turned away. */
export function useStep({ question, state, users }: TargetFindings, use: PortUse, network: NetworkAt): Step {
  const heading = `Who used it from ${formatTime(use.window.from)} to ${formatTime(use.window.to)}`;
  const rejected = use.users.filter(({ allowed, address }) => !allowed && isAsked(question, address));
  const others = question.direction === "ingress" ? "source" : "destination";
  const noRule = state.groups.length === 0 ? "no security groups" : "no rule known now";
  const rows = users.slice(0, NAMED).map(
    ({ user, rules }): MarkedRow => ({
      mark: rules.length === 0 ? "maybe" : "allows",
      cells: [
        nameAndId(user.name ?? network.nameOf(user.address, state.interface.vpcId), user.address),
        formatCount(user.flows),
        formatBytes(user.bytes),
        formatTime(user.firstSeen),
        formatTime(user.lastSeen),
        rules.length === 0 ? noRule : rules.map(({ rule }) => rule.id).join(", "),
      ],
    }),
  );
  const blocks: Block[] = [];
  if (use.flowsOfInterface === 0) blocks.push(text("The lake holds no flows of this interface in this time."));
  else if (users.length === 0) blocks.push(text("Nobody."));
  if (rows.length > 0) {
    const columns = [others, "flows", "bytes", "first seen", "last seen", "by rule"];
    blocks.push({ kind: "rows", columns, rows });
  }
  if (users.length > NAMED)
    blocks.push(text(`And ${count(users.length - NAMED, `more ${others}`, `more ${others}s`)}.`));
  const likely = likelyText(users.map(({ user }) => user));
  if (likely !== undefined) blocks.push(text(likely));
  if (use.seen !== undefined) {
    const [first, last] = [formatTime(use.seen.first), formatTime(use.seen.last)];
    blocks.push(text(`The lake has flows of this interface in that time from ${first} to ${last}.`));
  }
  if (!use.complete) blocks.push(text("Only those with the most flows were looked at."));
  if (rejected.length > 0) {
    const flows = rejected.reduce((sum, each) => sum + each.flows, 0);
    blocks.push(
      text(`Turned away: ${count(flows, "flow", "flows")} of ${count(rejected.length, others, `${others}s`)}.`),
    );
  }
  return { heading, blocks };
}

/** How much of the use rests on guesses; undefined when none of it does. */
function likelyText(users: readonly PortUser[]): string | undefined {
  const flows = users.reduce((sum, user) => sum + user.flows, 0);
  const likely = users.reduce((sum, user) => sum + user.likelyFlows, 0);
  if (likely === 0) return undefined;
  const of =
    likely === flows ? (flows === 1 ? "it is" : "all are") : `${formatCount(likely)} ${likely === 1 ? "is" : "are"}`;
  return `Of ${flows === 1 ? "this flow" : `these ${formatCount(flows)} flows`} ${of} likely only: the log or the inventory lacks what would tell for sure, as tcp-flags do.`;
}

/** How much of what is open was used. */
export function unusedStep({ uses, question, state }: TargetFindings, use: PortUse, network: NetworkAt): Step {
  const heading = "Open, and how much of it is used";
  if (state.groups.length === 0) return { heading, blocks: [text(NO_GROUPS)] };
  if (uses.length === 0) {
    const isKnown = state.groups.every(({ rules }) => rules !== undefined);
    return { heading, blocks: [text(isKnown ? "Nothing is open." : "Not known: the inventory lacks rules.")] };
  }
  if (use.flowsOfInterface === 0) {
    return {
      heading,
      blocks: [text("Not observed: without flows of this interface it cannot be told what is unused.")],
    };
  }
  const others = question.direction === "ingress" ? "sources" : "destinations";
  const rows = uses.map(
    ({ open, sources, flows, bytes, lastSeen }): MarkedRow => ({
      mark: flows === 0 ? "none" : "allows",
      cells: [
        open.rule.id,
        ruleCells(open.group, open.rule, network)[3] ?? "",
        flows === 0 ? "never" : formatCount(flows),
        flows === 0 ? "" : formatBytes(bytes),
        flows === 0 ? "" : formatCount(sources),
        lastSeen === undefined ? "" : formatTime(lastSeen),
        sizeText(open),
      ],
      ...(flows === 0 ? { brief: `open to ${ruleCells(open.group, open.rule, network)[3] ?? ""}, never used` } : {}),
    }),
  );
  const columns = ["rule", "open to", "flows", "bytes", `${others} seen`, "last seen", "addresses it allows"];
  return { heading, blocks: [{ kind: "rows", columns, rows }] };
}

/** How many addresses a rule is open to. */
function sizeText({ blocks }: OpenRule): string {
  if (blocks === undefined) return "unknown";
  if (blocks.some(({ version }) => version === 6)) return "an IPv6 block";
  return formatCount(blocks.reduce((sum, block) => sum + (block.version === 4 ? block.last - block.first + 1 : 0), 0));
}

/** `1 source`, `2,000 sources`. */
export const count = (n: number, one: string, many: string): string => `${formatCount(n)} ${n === 1 ? one : many}`;
