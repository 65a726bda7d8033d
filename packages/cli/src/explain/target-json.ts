import type { TargetFindings } from "./explain-target.js";
import { interfaceJson, isoTime, NOT_LOOKED_AT_NAMES, ruleJson } from "./explained-json.js";

/** What was found out about one interface, for scripts. Times are ISO 8601. */
export function targetJson({ question, state, uses, users, use }: TargetFindings): unknown {
  return {
    target: question.target,
    direction: question.direction,
    protocol: question.protocol,
    port: question.port,
    peer: question.peer,
    as_of: isoTime(state.asOf),
    basis: state.basis,
    interface: interfaceJson(state),
    rules: uses.map(({ open, sources, flows, likelyFlows, bytes, firstSeen, lastSeen }) => ({
      ...ruleJson(open.group, open.rule),
      match: open.mark === "allows" ? "yes" : "maybe",
      network_acl: open.acl,
      use:
        use === undefined || use.flowsOfInterface === 0
          ? "not-observed"
          : {
              peers: sources,
              flows,
              likely_flows: likelyFlows,
              bytes,
              first_seen: isoTime(firstSeen),
              last_seen: isoTime(lastSeen),
            },
    })),
    network_acl: state.acl?.id,
    window: use && {
      from: isoTime(use.window.from),
      to: isoTime(use.window.to),
      first_flow: isoTime(use.seen?.first),
      last_flow: isoTime(use.seen?.last),
      skipped_intervals: use.skipped,
    },
    used_by:
      use &&
      users.map(({ user, rules }) => ({
        address: user.address,
        name: user.name,
        flows: user.flows,
        likely_flows: user.likelyFlows,
        bytes: user.bytes,
        first_seen: isoTime(user.firstSeen),
        last_seen: isoTime(user.lastSeen),
        rules: rules.map(({ rule }) => rule.id),
      })),
    not_looked_at: NOT_LOOKED_AT_NAMES,
  };
}
