import {
  FlowExplainer,
  type InventorySnapshot,
  type NetworkAclEntry,
  type SecurityGroupRule,
} from "@tributary/context";
import { describe, expect, it } from "vitest";
import { explainTarget } from "../../packages/cli/src/explain/explain-target.js";
import type { PortUse, PortUser } from "../../packages/cli/src/explain/port-users.js";
import type { Report } from "../../packages/cli/src/explain/report.js";
import { COLLECTED, group, networkInterface, rule, snapshot } from "../lake/inventory-fixture.js";

/** Who may reach TCP 443 of eni-1. */
function report(changes: Partial<InventorySnapshot>, use?: PortUse): Report {
  const held = snapshot(changes);
  const [on = networkInterface("eni-1")] = held.interfaces;
  const asked = {
    target: "eni-1",
    direction: "ingress",
    protocol: 6,
    port: 443,
    peer: undefined,
    own: undefined,
  } as const;
  const explained = explainTarget(asked, on, new FlowExplainer([held]), COLLECTED, use);
  if (explained === undefined) throw new Error("the inventory does not know eni-1");
  return explained.report;
}

const answer = (changes: Partial<InventorySnapshot>) => report(changes).answer.join(" ");
const headings = ({ steps }: Report) => steps.map(({ heading }) => heading);
const texts = ({ steps }: Report) =>
  steps.flatMap(({ blocks }) => blocks.flatMap((block) => (block.kind === "text" ? [block.text] : [])));

const from = (...cidrs: string[]): readonly SecurityGroupRule[] =>
  cidrs.map((cidr, index) => rule(`sgr-${index}`, { peer: { kind: "cidr", cidr } }));

/** An interface with these rules, behind a network ACL that denies 192.0.2.0/24 and allows all else. */
function behindAcl(rules: readonly SecurityGroupRule[]): Partial<InventorySnapshot> {
  const all = { direction: "ingress", protocol: -1 } as const;
  const entries: readonly NetworkAclEntry[] = [
    { ...all, number: 90, action: "deny", cidr: "192.0.2.0/24" },
    { ...all, number: 100, action: "allow", cidr: "0.0.0.0/0" },
  ];
  return {
    interfaces: [networkInterface("eni-1", { subnetId: "subnet-1" })],
    groups: [group("sg-web", rules)],
    networkAcls: [{ id: "acl-1", asOf: COLLECTED, subnetIds: ["subnet-1"], entries }],
  };
}

const PASSES = "203.0.113.0/24";
const STOPPED = "192.0.2.0/25";
const IN_PART = "192.0.0.0/16";

describe("the headline counts what passes both the rules and the network ACL", () => {
  it.each([
    [[PASSES], "1 rule lets it in."],
    [[STOPPED], "A rule would let it in, but the network ACL stops all of it."],
    [[STOPPED, STOPPED], "2 rules would let it in, but the network ACL stops all of it."],
    [[IN_PART], "1 rule lets it in; the network ACL stops a part of what it allows."],
    [[IN_PART, PASSES], "2 rules let it in; the network ACL stops a part of what 1 of them allows."],
    [[IN_PART, IN_PART], "2 rules let it in; the network ACL stops a part of what each of them allows."],
    [[PASSES, STOPPED], "1 rule lets it in. 1 more rule would, but the network ACL stops all of that."],
  ])("%j", (cidrs, expected) => {
    expect(answer(behindAcl(from(...cidrs)))).toBe(expected);
  });

  it("and the step counts the rules that fit", () => {
    const ssh = rule("sgr-ssh", { fromPort: 22, toPort: 22 });

    expect(headings(report(behindAcl([...from(PASSES, STOPPED), ssh])))).toContain("2 of 3 inbound rules fit");
  });
});

describe("a group whose rules the inventory lacks", () => {
  const { rules: _rules, ...unread } = group("sg-x", []);

  it("leaves it open who may reach the port", () => {
    const found = report({ interfaces: [networkInterface("eni-1", { groups: ["sg-x"] })], groups: [unread] });

    expect(found.answer).toEqual(["The inventory lacks the rules of x (sg-x), so it is not known who may reach it."]);
    expect(headings(found)).toContain("The inbound rules are not known");
  });

  it("leaves it open whether more may than the other rules let in", () => {
    const both = [networkInterface("eni-1", { groups: ["sg-web", "sg-x"] })];

    expect(answer({ interfaces: both, groups: [group("sg-web", from(PASSES)), unread] })).toBe(
      "1 rule lets it in. The inventory lacks the rules of x (sg-x), which may let more in.",
    );
  });
});

it("an interface without groups is said to have none, and no rules are counted", () => {
  const found = report({ interfaces: [networkInterface("eni-1", { groups: [] })] });

  expect(found.answer).toEqual(["The interface has no security groups, so only the network ACL filters."]);
  expect(headings(found).slice(0, 2)).toEqual(["Interface", "No security groups"]);
});

describe("use that rests on guesses", () => {
  function usedBy(...users: readonly (readonly [flows: number, likelyFlows: number])[]): Report {
    const seen = { firstSeen: COLLECTED, lastSeen: COLLECTED };
    const use: PortUse = {
      window: { from: COLLECTED, to: COLLECTED + 86_400_000 },
      users: users.map(
        ([flows, likelyFlows], index): PortUser => ({
          ...{ address: `203.0.113.${index}`, name: undefined, allowed: true, bytes: 40, flows, likelyFlows },
          ...seen,
        }),
      ),
      complete: true,
      flowsOfInterface: 5000,
      seen: { first: COLLECTED, last: COLLECTED },
      skipped: 0,
    };
    return report({}, use);
  }

  it("is called likely when all of it does", () => {
    const found = usedBy([1970, 1970], [7, 7]);

    expect(found.answer).toContain("2 sources likely used it in the window.");
    expect(texts(found)).toContainEqual(expect.stringContaining("Of these 1,977 flows all are likely only:"));
  });

  it("is counted when a part of it does", () => {
    const found = usedBy([10, 1], [7, 0]);

    expect(found.answer).toContain("2 sources used it in the window.");
    expect(texts(found)).toContainEqual(expect.stringContaining("Of these 17 flows 1 is likely only:"));
  });

  it("is not spoken of when none does", () => {
    expect(texts(usedBy([10, 0])).join(" ")).not.toContain("likely");
  });
});
