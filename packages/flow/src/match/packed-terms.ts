import { createHash } from "node:crypto";
import { Ipv4BlockList } from "./ipv4-blocks.js";
import { type FlowEnd, type MatchTerm, matchTermText } from "./match-term.js";

/** More terms than this are named by a hash: the text is kept with every input that was searched. */
const MOST_SHOWN = 20;

/** Each term once, the IPv4 addresses and blocks of one end of a flow as one: a list of a million takes some megabytes. */
export function packedTerms(terms: Iterable<MatchTerm>): readonly MatchTerm[] {
  const byEnd = new Map<FlowEnd, Ipv4BlockList>();
  const others = new Map<string, MatchTerm>();
  const blocksAt = (end: FlowEnd): Ipv4BlockList => {
    const known = byEnd.get(end) ?? new Ipv4BlockList();
    byEnd.set(end, known);
    return known;
  };
  for (const term of terms) {
    if (term.kind === "addresses") blocksAt(term.end).addAll(term.blocks);
    else if (term.kind !== "address" || term.range.version === 6) others.set(matchTermText(term), term);
    else blocksAt(term.end).add(term.range.first, term.range.last);
  }
  const addresses = [...byEnd].map(([end, list]) => ({ kind: "addresses", end, blocks: list.distinct() }) as const);
  return [...addresses.sort((a, b) => (a.end < b.end ? -1 : 1)), ...others.values()];
}

/** The same text for the same packed terms, whatever order they were given in. */
export function packedText(packed: readonly MatchTerm[]): string {
  const count = packed.reduce((terms, term) => terms + (term.kind === "addresses" ? term.blocks.length : 1), 0);
  const others = packed.filter(({ kind }) => kind !== "addresses").map(matchTermText);
  const lists = packed.filter((term) => term.kind === "addresses");
  if (count <= MOST_SHOWN) {
    return [...lists.flatMap((list) => matchTermText(list).split(",")), ...others].sort().join(",");
  }
  const hash = createHash("sha256");
  for (const { end, blocks } of lists) {
    hash
      .update(`${end} ${blocks.length}\n`)
      .update(new Uint8Array(blocks.buffer, blocks.byteOffset, blocks.byteLength));
  }
  return `${count} terms with SHA-256 ${hash.update(others.sort().join("\n")).digest("hex")}`;
}
