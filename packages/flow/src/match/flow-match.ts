import { FormatError } from "../tributary-error.js";
import { MatchClause, type MatchFacts } from "./match-clause.js";
import { MATCH_FORMS, type MatchTerm, parseMatchTerm } from "./match-term.js";
import { packedTerms, packedText } from "./packed-terms.js";

/** One bit each in the sieves. */
const MOST_CLAUSES = 30;
/**
 * Which flows are wanted: all of the clauses must be met, each by any of its terms. Several clauses may be met by different fields of a
 * flow: `10.0.0.5` and `443` are met by a flow from 10.0.0.5 to any port 443. An address is looked for in the line's and the packet's
 * addresses of its end, a port in both ports. IPv6 is compared by value; an IPv4-mapped address, in the log or in a term, means
 * the IPv4 address in it, so that no IPv6 block holds it. What a flow lacks or leaves at `-` matches nothing.
 */
export class FlowMatch {
  readonly clauses: readonly MatchClause[];
  /** The same for every spelling and order of the same terms. Large lists are named by their hash. */
  readonly text: string;

  private constructor(clauses: readonly MatchClause[], text: string) {
    this.clauses = clauses;
    this.text = text;
  }

  /** From texts of terms with commas between them. Throws FormatError `bad-match`, or as `of`. */
  static parse(texts: readonly string[]): FlowMatch {
    return FlowMatch.of(texts.map(parseMatchTerms));
  }

  /** From lists of terms. Throws FormatError `bad-match` for none, for an empty list and for more than 30. */
  static of(lists: readonly (readonly MatchTerm[])[]): FlowMatch {
    if (lists.length === 0 || lists.some((terms) => terms.length === 0)) {
      throw new FormatError("bad-match", `there is nothing to look for: give ${MATCH_FORMS}`);
    }
    const byText = new Map<string, readonly MatchTerm[]>();
    for (const terms of lists) {
      const packed = packedTerms(terms);
      byText.set(packedText(packed), packed);
    }
    if (byText.size > MOST_CLAUSES) {
      const remedy = "search with fewer, and query the lake for the rest";
      throw new FormatError(
        "bad-match",
        `${byText.size} conditions that must all be met, but at most ${MOST_CLAUSES}: ${remedy}`,
      );
    }
    const text = [...byText.keys()].sort().join(" and ");
    return new FlowMatch(
      [...byText.values()].map((terms) => new MatchClause(terms)),
      text,
    );
  }

  accepts(facts: MatchFacts): boolean {
    return this.clauses.every((clause) => clause.accepts(facts));
  }

  /** Whether terms of this kind are among those to look for. */
  tests(kind: MatchTerm["kind"]): boolean {
    return this.clauses.some(({ kinds }) => kinds.has(kind));
  }
}

/** The terms of one text, commas between them, of which one is enough. Throws FormatError `bad-match`. */
export function parseMatchTerms(text: string): readonly MatchTerm[] {
  return text.split(",").map((word) => parseMatchTerm(word.trim()));
}
