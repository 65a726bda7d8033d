import type { Basis, Caveat, Direction, ExplainedFlow, Verdict } from "@tributary/context";

/** What an explanation says, with ids in place of objects, so that two of them can be compared and read. */
export interface PlainExplanation {
  readonly verdict: Verdict;
  readonly likely: boolean;
  readonly direction: Direction | undefined;
  readonly basis: Basis | undefined;
  readonly asOf: number | undefined;
  readonly collectedAt: number | undefined;
  readonly interfaceType: string | undefined;
  readonly groups: readonly string[];
  /** `asOf` of the states of the groups. */
  readonly groupsAsOf: readonly number[];
  /** `asOf` of the recorder's state. */
  readonly recorderAsOf: number | undefined;
  readonly rules: readonly string[];
  readonly asReply: boolean;
  readonly rulesConsidered: number;
  readonly acl: { readonly id: string; readonly entry: number | undefined } | undefined;
  readonly rejectReason: string | undefined;
  /** `no-field protocol`, `icmp-type`, `not-in-inventory rules sg-…`. */
  readonly caveats: readonly string[];
  readonly srcName: string | undefined;
  readonly dstName: string | undefined;
}

/** The plain form of what a context says of a flow. */
export function plainExplanation({ explanation, recorder, srcName, dstName }: ExplainedFlow): PlainExplanation {
  const { acl, groups } = explanation;
  return {
    verdict: explanation.verdict,
    likely: explanation.likely,
    direction: explanation.direction,
    basis: explanation.basis,
    asOf: explanation.asOf,
    collectedAt: explanation.collectedAt,
    interfaceType: explanation.interfaceType,
    groups: groups.map((group) => group.id),
    groupsAsOf: groups.map((group) => group.asOf),
    recorderAsOf: recorder?.asOf,
    rules: explanation.rules.map(({ rule }) => rule.id),
    asReply: explanation.asReply,
    rulesConsidered: explanation.rulesConsidered,
    acl: acl === undefined ? undefined : { id: acl.acl.id, entry: acl.entry?.number },
    rejectReason: explanation.rejectReason,
    caveats: explanation.caveats.map(caveatWords),
    srcName,
    dstName,
  };
}

/** A caveat in the words of its fields. */
export function caveatWords(caveat: Caveat): string {
  switch (caveat.kind) {
    case "no-field":
      return `no-field ${caveat.field}`;
    case "ports-of-a-first-packet":
    case "icmp-type":
      return caveat.kind;
    case "not-in-inventory":
      return ["not-in-inventory", caveat.part, caveat.id].filter((word) => word !== undefined).join(" ");
  }
}
