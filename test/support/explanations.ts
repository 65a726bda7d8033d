import type { ExplainedFlow, Explanation, SecurityGroup, SecurityGroupRule } from "@tributary/context";

/** A rule that lets TCP 443 in from anywhere, unless told otherwise. */
export function rule(overrides: Partial<SecurityGroupRule> = {}): SecurityGroupRule {
  return {
    id: "sgr-0a1b2c3d4e5f60001",
    direction: "ingress",
    protocol: 6,
    fromPort: 443,
    toPort: 443,
    peer: { kind: "cidr", cidr: "0.0.0.0/0" },
    ...overrides,
  };
}

export function group(overrides: Partial<SecurityGroup> = {}): SecurityGroup {
  return { id: "sg-0a1b2c3d4e5f60001", name: "web", asOf: 0, rules: [rule()], ...overrides };
}

/** The plainest explanation: one rule of one group lets the flow in. */
export function explanation(overrides: Partial<Explanation> = {}): Explanation {
  const groups = overrides.groups ?? [group()];
  const [first] = groups;
  return {
    verdict: "allowed-by-rule",
    likely: false,
    direction: "ingress",
    basis: "exact",
    asOf: Date.UTC(2026, 3, 1),
    collectedAt: Date.UTC(2026, 3, 2),
    interfaceType: "interface",
    groups,
    rules: first?.rules?.[0] === undefined ? [] : [{ group: first, rule: first.rules[0] }],
    asReply: false,
    rulesConsidered: 1,
    acl: undefined,
    rejectReason: undefined,
    caveats: [],
    ...overrides,
  };
}

export function explained(overrides: Partial<ExplainedFlow> = {}): ExplainedFlow {
  return { explanation: explanation(), recorder: undefined, srcName: undefined, dstName: undefined, ...overrides };
}
