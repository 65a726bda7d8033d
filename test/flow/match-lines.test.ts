import { COMMON_FORMATS, FlowMatch, LineMatcher, Parked, Skipped, VpcFlow, VpcFormat } from "@tributary/flow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { naiveFlow, naivelyMatches, naiveMatch, textsOf } from "../support/naive-match.js";
import { format, lineOf } from "../support/vpc-arbitraries.js";

const RUNS = { numRuns: 400, seed: 20_261_121 };

/** Lines as they are, and damaged: a word too many or too few, something impossible in a word, other white space, letters beyond ASCII. */
const damaged = (line: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(line) },
    fc.constantFrom(
      `${line} more`,
      line.split(" ").slice(1).join(" "),
      ` ${line} `,
      `${line}\r`,
      line.replace(" ", "\t"),
    ),
    fc
      .tuple(fc.nat(), fc.constantFrom("10.0.0.999", "70000", "256", "é", "-", "x", "unknown", "1e3", ""))
      .map(([at, word]) => {
        const words = line.split(" ");
        return words.with(at % words.length, word).join(" ");
      }),
    fc.constantFrom(
      "",
      "   ",
      "\u00a0",
      "srcaddr dstaddr",
      "\uFEFFsrcaddr dstaddr action",
      "2026-10-14T12:00:00.000Z 1 2 3",
    ),
  );

const logged = format.chain((fields) =>
  fc.record({
    fields: fc.constant(fields),
    lines: fc.array(lineOf(fields).chain(damaged), { minLength: 1, maxLength: 8 }),
  }),
);

const account = fc.constantFrom(undefined, "123456789012", "333344445555");

/** Which lines a sieve surely leaves out, and the text it ends at. */
function sieved(matcher: LineMatcher, lines: readonly string[], fields: string | undefined, owner: string | undefined) {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const sieve = matcher.sieve(fields, owner);
  let at = 0;
  return lines.map((line) => {
    const unwanted = sieve?.isUnwanted(bytes, at) === true;
    const end = at + Buffer.byteLength(line);
    if (sieve !== undefined) expect(sieve.end).toBe(end);
    at = end + 1;
    return unwanted;
  });
}

describe("lines below a header", () => {
  it("are left out exactly when they are flows that a naive matcher does not want", () => {
    fc.assert(
      fc.property(logged, naiveMatch, account, ({ fields, lines }, lists, owner) => {
        const matcher = new LineMatcher(FlowMatch.parse(textsOf(lists)), []);
        const parser = VpcFormat.of(fields);
        for (const line of lines.filter((one) => one.trim() !== "")) {
          const flow = parser.parse(line);
          const unwanted = matcher.isUnwanted(line, fields.join(" "), owner);
          if (flow instanceof VpcFlow) expect(unwanted).toBe(!naivelyMatches(lists, naiveFlow(flow, owner)));
          if (flow instanceof Parked && flow.reason === "field-count") expect(unwanted).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it("are left out by their bytes only if by their text, and mostly then", () => {
    let byBytes = 0;
    let byText = 0;
    fc.assert(
      fc.property(logged, naiveMatch, account, ({ fields, lines }, lists, owner) => {
        const matcher = new LineMatcher(FlowMatch.parse(textsOf(lists)), []);
        const header = fields.join(" ");
        const unwanted = lines.map((line) => matcher.isUnwanted(line.replace(/\r$/, ""), header, owner));
        sieved(matcher, lines, header, owner).forEach((leftOut, index) => {
          if (leftOut) expect([lines[index], unwanted[index]]).toEqual([lines[index], true]);
        });
        byText += unwanted.filter(Boolean).length;
        byBytes += sieved(matcher, lines, header, owner).filter(Boolean).length;
      }),
      RUNS,
    );
    expect(byBytes / byText).toBeGreaterThan(0.6);
  });

  it("go on below a header that is of no use", () => {
    const matcher = new LineMatcher(FlowMatch.parse(["10.0.0.1"]), COMMON_FORMATS);
    expect(matcher.isUnwanted("10.0.0.2 10.0.0.3", "srcaddr srcaddr", undefined)).toBe(false);
    expect(matcher.sieve("srcaddr srcaddr", undefined)).toBeUndefined();
  });
});

describe("lines without a header", () => {
  const FORMATS = [
    ...COMMON_FORMATS,
    VpcFormat.parse("srcaddr dstaddr srcport dstport protocol action"),
    VpcFormat.parse("dstaddr srcaddr dstport srcport protocol action"),
    VpcFormat.parse("interface-id account-id srcaddr dstaddr packets start"),
  ];
  const anyLines = fc.array(
    fc.constantFrom(...FORMATS).chain(({ fields }) => lineOf(fields).chain(damaged)),
    { minLength: 1, maxLength: 8 },
  );

  it("are left out exactly when they are flows, by the format that takes them, that a naive matcher does not want", () => {
    fc.assert(
      fc.property(anyLines, naiveMatch, account, (lines, lists, owner) => {
        const matcher = new LineMatcher(FlowMatch.parse(textsOf(lists)), FORMATS);
        for (const line of lines) {
          const taking = FORMATS.filter((one) => one.takes(line));
          const [only] = taking;
          if (taking.length !== 1 || only === undefined) continue;
          const flow = only.parse(line);
          const wanted = flow instanceof VpcFlow && naivelyMatches(lists, naiveFlow(flow, owner));
          const unwanted = matcher.isUnwanted(line, undefined, owner);
          if (!(flow instanceof Skipped)) expect([line, unwanted]).toEqual([line, !wanted]);
        }
      }),
      RUNS,
    );
  });

  it("are left out by their bytes only if by their text", () => {
    fc.assert(
      fc.property(anyLines, naiveMatch, account, (lines, lists, owner) => {
        const matcher = new LineMatcher(FlowMatch.parse(textsOf(lists)), FORMATS);
        sieved(matcher, lines, undefined, owner).forEach((leftOut, index) => {
          const line = (lines[index] ?? "").replace(/\r$/, "");
          if (leftOut) expect([line, matcher.isUnwanted(line, undefined, owner)]).toEqual([line, true]);
        });
      }),
      RUNS,
    );
  });

  it("go on when no format has their number of fields", () => {
    const matcher = new LineMatcher(FlowMatch.parse(["10.0.0.1"]), COMMON_FORMATS);
    expect(matcher.isUnwanted("10.0.0.2 10.0.0.3 6", undefined, undefined)).toBe(false);
  });
});

describe("a matcher that inputs share", () => {
  const HEADER = "account-id srcaddr";

  it("is one for each match and list of formats", () => {
    const match = FlowMatch.parse(["10.0.0.1"]);
    expect(LineMatcher.of(match, COMMON_FORMATS)).toBe(LineMatcher.of(match, COMMON_FORMATS));
    expect(LineMatcher.of(match, [])).not.toBe(LineMatcher.of(match, COMMON_FORMATS));
    expect(LineMatcher.of(FlowMatch.parse(["10.0.0.1"]), COMMON_FORMATS)).not.toBe(
      LineMatcher.of(match, COMMON_FORMATS),
    );
  });

  it("keeps its sieves, one for each header and account", () => {
    const matcher = LineMatcher.of(FlowMatch.parse(["333344445555"]), COMMON_FORMATS);
    const sieve = matcher.sieve(HEADER, undefined);
    expect(matcher.sieve(HEADER, undefined)).toBe(sieve);
    expect(matcher.sieve(undefined, undefined)).not.toBe(sieve);
    const line = Buffer.from("unknown 10.0.0.1\n");
    expect(sieve?.isUnwanted(line, 0)).toBe(true);
    expect(matcher.sieve(HEADER, "333344445555")?.isUnwanted(line, 0)).toBe(false);
  });
});

describe("what a flow does not say", () => {
  const NODATA = "2 123456789012 eni-0a1b2c3d - - - - - - - 1790000000 1790000060 - NODATA";
  const [DEFAULT] = COMMON_FORMATS;
  const isUnwanted = (terms: string, line = NODATA) =>
    new LineMatcher(FlowMatch.parse([terms]), []).isUnwanted(line, DEFAULT?.fields.join(" "), "333344445555");

  it.each(["0.0.0.0/0,::/0", "0-65535", "tcp,protocol:0", "accept,reject"])("is matched by no term: %s", (terms) => {
    expect(isUnwanted(terms)).toBe(true);
  });

  it.each(["eni-0a1b2c3d", "123456789012"])("leaves the rest to match: %s", (terms) => {
    expect(isUnwanted(terms)).toBe(false);
  });

  it("is the account of the delivery where the line names none", () => {
    expect(isUnwanted("333344445555", NODATA.replace("123456789012", "unknown"))).toBe(false);
    expect(isUnwanted("333344445555")).toBe(true);
  });
});
