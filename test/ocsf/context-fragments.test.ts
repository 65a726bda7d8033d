import type { ExplainedFlow, SecurityGroup } from "@tributary/context";
import { VpcFlow, VpcFormat } from "@tributary/flow";
import { fillFromInventory, MAX_CONTEXT_BYTES, USUAL_CONTEXT_BYTES, vpcDocument } from "@tributary/ocsf";
import { describe, expect, it } from "vitest";
import { orderProblems } from "../support/attribute-order.js";
import { schemaProblems } from "../support/document-schema.js";
import { explained, explanation, group, rule } from "../support/explanations.js";
import { defaultLine } from "../support/transform-event.js";

function textOf(context: ExplainedFlow | undefined): string {
  const flow = VpcFormat.parse(
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status",
  ).parse(defaultLine());
  if (!(flow instanceof VpcFlow)) throw new Error("the line must be a flow");
  return vpcDocument(
    {
      flow,
      account: "123456789012",
      region: undefined,
      time: (flow.start ?? 0) * 1000,
      timeBasis: undefined,
      uid: "AAAAAAAAAAAAAAAAAAAAAA",
      context: context === undefined ? undefined : fillFromInventory(flow, context),
    },
    false,
  );
}

const bytesOf = (context: ExplainedFlow): number => textOf(context).length - textOf(undefined).length;

interface Row {
  readonly status_detail: string;
  readonly firewall_rule?: { readonly name: string; readonly uid: string };
  readonly enrichments: readonly [{ readonly data: string }];
  readonly unmapped: Readonly<Record<string, string>>;
  readonly src_endpoint: { readonly name?: string };
}
const rowOf = (context: ExplainedFlow): Row => JSON.parse(textOf(context)) as Row;
const dataOf = (context: ExplainedFlow) => JSON.parse(rowOf(context).enrichments[0].data) as Record<string, unknown>;

const numbered = (prefix: string, index: number): string => `${prefix}-${index.toString(16).padStart(17, "0")}`;

/** Five groups of sixty rules, all of which match. */
const crowded: readonly SecurityGroup[] = Array.from({ length: 5 }, (_, index) =>
  group({
    id: numbered("sg", index),
    name: `application-tier-${index}`,
    rules: Array.from({ length: 60 }, (_, number) => rule({ id: numbered("sgr", index * 60 + number) })),
  }),
);
const allRules = (groups: readonly SecurityGroup[]) =>
  groups.flatMap((one) => (one.rules ?? []).map((each) => ({ group: one, rule: each })));

const HOSTILE = '\u{1F525}"\\\u0000é'.repeat(60);

describe("context in a document", () => {
  it("names the rule that let the flow in, by its description", () => {
    const described = group({ rules: [rule({ description: "HTTPS from everywhere" })] });
    const row = rowOf(explained({ explanation: explanation({ groups: [described] }) }));
    expect(row.firewall_rule).toEqual({
      name: "HTTPS from everywhere",
      uid: "sgr-0a1b2c3d4e5f60001",
      type: "AWS security group rule",
      category: "inbound",
      condition: "tcp 443 from 0.0.0.0/0",
    });
    expect(row.status_detail).toBe(
      "Allowed by rule sgr-0a1b2c3d4e5f60001 of web (sg-0a1b2c3d4e5f60001): tcp 443 from 0.0.0.0/0.",
    );
    expect(row.unmapped).toMatchObject({
      sg_verdict: "allowed-by-rule",
      sg_basis: "exact",
      sg_as_of: "2026-04-01T00:00:00Z",
      from_inventory: "flow-direction",
    });
  });

  it("names no rule when several match, and none for a reply", () => {
    const several = explanation({ groups: crowded, rules: allRules(crowded), rulesConsidered: 300 });
    expect(rowOf(explained({ explanation: several })).firewall_rule).toBeUndefined();
    const reply = explanation({ verdict: "return-traffic", asReply: true });
    expect(rowOf(explained({ explanation: reply })).firewall_rule).toBeUndefined();
  });

  it("names no rule that only may match", () => {
    const maybe = explanation({
      likely: true,
      caveats: [{ kind: "not-in-inventory", part: "prefix-list", id: "pl-1" }],
    });
    expect(rowOf(explained({ explanation: maybe })).firewall_rule).toBeUndefined();
  });

  it("lists the first matching rules and counts all", () => {
    const several = explained({
      explanation: explanation({ groups: crowded, rules: allRules(crowded), rulesConsidered: 300 }),
    });
    expect(dataOf(several)).toEqual({
      groups: crowded.map(({ id }) => id),
      rules: Array.from({ length: 8 }, (_, index) => numbered("sgr", index)),
      rules_truncated: true,
      rules_matching: 300,
      rules_total: 300,
      inventory: "2026-04-02T00:00:00Z",
    });
  });

  it.each<[string, ExplainedFlow]>([
    ["an ordinary rule", explained({ srcName: "app-1", dstName: "db-1" })],
    [
      "five groups of sixty matching rules",
      explained({
        explanation: explanation({ groups: crowded, rules: allRules(crowded), rulesConsidered: 300 }),
        srcName: "app-1",
        dstName: "db-1",
      }),
    ],
  ])("takes at most 1,000 bytes for %s", (_, context) => {
    expect(bytesOf(context)).toBeLessThanOrEqual(USUAL_CONTEXT_BYTES);
  });

  it.each([1, 40])("takes at most 2,000 bytes and stays valid whatever names hold, %d rules matching", (matching) => {
    const groups = Array.from({ length: 16 }, (_, index) =>
      group({
        id: numbered("sg", index),
        name: HOSTILE,
        rules: Array.from({ length: matching }, () =>
          rule({ id: `sg-x/ingress/${"9".repeat(120)}`, description: HOSTILE }),
        ),
      }),
    );
    const hostile = explained({
      explanation: explanation({
        groups,
        rules: allRules(groups).slice(0, matching),
        rulesConsidered: 16 * matching,
        likely: true,
        caveats: [{ kind: "no-field", field: "tcp-flags" }],
      }),
      srcName: HOSTILE,
      dstName: HOSTILE,
    });
    expect(bytesOf(hostile)).toBeLessThanOrEqual(MAX_CONTEXT_BYTES);
    const row: unknown = JSON.parse(textOf(hostile));
    expect(schemaProblems(row)).toEqual([]);
    expect(orderProblems(row)).toEqual([]);
  });

  it.each([1, 40])("takes at most 2,000 bytes whatever ids hold, %d rules matching", (matching) => {
    const groups = Array.from({ length: 16 }, (_, index) =>
      group({
        id: `${index}${'"'.repeat(18)}`,
        name: HOSTILE,
        rules: Array.from({ length: matching }, (_, number) =>
          rule({ id: `${number}\\\u0000é`, description: HOSTILE }),
        ),
      }),
    );
    const acl = { id: HOSTILE, asOf: 0, subnetIds: [], entries: [] };
    const hostile = explained({
      explanation: explanation({
        groups,
        rules: allRules(groups).slice(0, matching),
        rulesConsidered: 16 * matching,
        likely: true,
        acl: { acl, entry: undefined },
        caveats: [{ kind: "no-field", field: "tcp-flags" }],
      }),
      srcName: HOSTILE,
      dstName: HOSTILE,
    });
    expect(bytesOf(hostile)).toBeLessThanOrEqual(MAX_CONTEXT_BYTES);
    expect(schemaProblems(JSON.parse(textOf(hostile)))).toEqual([]);
  });

  it("says of an unknown interface that it is unknown, and nothing else", () => {
    const { basis: _, asOf: _1, ...rest } = explanation({ verdict: "unknown-interface", groups: [], rules: [] });
    const row = rowOf(explained({ explanation: { ...rest, basis: undefined, asOf: undefined } }));
    expect(row.enrichments).toBeUndefined();
    expect(row.status_detail).toBe("The interface is in no inventory.");
    expect(row.unmapped).toMatchObject({ sg_verdict: "unknown-interface" });
    expect(row.unmapped).not.toHaveProperty("sg_as_of");
  });
});
