import { type IpAddress, ipAddress } from "../ip-range.js";
import type { VpcFlow } from "../vpc/vpc-flow.js";
import type { VpcFormat } from "../vpc/vpc-format.js";
import type { FlowMatch } from "./flow-match.js";
import { unmappedAddress } from "./mapped-address.js";
import type { MatchFacts } from "./match-clause.js";
import type { MatchTerm } from "./match-term.js";

/** `odd` when a line is not what its format promises where the match looks at it. */
export type Judgement = "wanted" | "unwanted" | "odd";

type FactsSoFar = {
  -readonly [K in keyof MatchFacts]: MatchFacts[K] extends readonly (infer Element)[] ? Element[] : MatchFacts[K];
};

/** Adds what a field says; false when it says nothing that it may. */
type FieldReader = (word: string, facts: FactsSoFar) => boolean;

/** The fields that matter to a match, each with the kind of the terms that look at it. */
const READERS: ReadonlyMap<string, { readonly kind: MatchTerm["kind"]; readonly read: FieldReader }> = new Map([
  ["srcaddr", { kind: "address", read: addressInto("sources") }],
  ["pkt-srcaddr", { kind: "address", read: addressInto("sources") }],
  ["dstaddr", { kind: "address", read: addressInto("destinations") }],
  ["pkt-dstaddr", { kind: "address", read: addressInto("destinations") }],
  ["srcport", { kind: "port", read: numberInto("sourcePort", 65_535) }],
  ["dstport", { kind: "port", read: numberInto("destinationPort", 65_535) }],
  ["protocol", { kind: "protocol", read: numberInto("protocol", 255) }],
  ["account-id", { kind: "account", read: readAccount }],
  ["interface-id", { kind: "interface", read: readInterface }],
  ["action", { kind: "action", read: readAction }],
]);

/** The fields of a format that a match looks at, by position. */
export function testedFields(match: FlowMatch, { fields }: VpcFormat): ReadonlyMap<number, string> {
  const tested = fields.flatMap((field, index) => {
    const kind = READERS.get(field)?.kind;
    return kind !== undefined && match.tests(kind) ? [[index, field] as const] : [];
  });
  return new Map(tested);
}

/** Tells lines of one format by the fields that a match looks at; the others may hold what they like. */
export class FormatMatch {
  readonly #readers: readonly (readonly [index: number, read: FieldReader])[];

  constructor(
    private readonly match: FlowMatch,
    readonly format: VpcFormat,
  ) {
    this.#readers = [...testedFields(match, format)].flatMap(([index, field]) => {
      const reader = READERS.get(field);
      return reader === undefined ? [] : [[index, reader.read] as const];
    });
  }

  /** `account` is that of the delivery, for lines that name none. */
  judge(words: readonly string[], account: string | undefined): Judgement {
    if (words.length !== this.format.fields.length) return "odd";
    const facts = noFacts();
    for (const [index, read] of this.#readers) {
      const word = words[index] ?? "-";
      if (word !== "-" && !read(word, facts)) return "odd";
    }
    facts.account ??= account;
    return this.match.accepts(facts) ? "wanted" : "unwanted";
  }
}

/** The fields of a line. */
export function wordsOf(line: string): readonly string[] {
  return line.split(" ").filter((word) => word !== "");
}

/** What can be looked for in a parsed flow; `account` is that of the delivery. */
export function vpcFacts(flow: VpcFlow, account: string | undefined): MatchFacts {
  const addresses = (...texts: readonly (string | undefined)[]) =>
    texts.flatMap((text) => (text === undefined ? [] : (comparable(text) ?? [])));
  return {
    sources: addresses(flow.srcaddr, flow.pktSrcaddr),
    destinations: addresses(flow.dstaddr, flow.pktDstaddr),
    sourcePort: flow.srcport,
    destinationPort: flow.dstport,
    protocol: flow.protocol,
    action: flow.action,
    account: flow.accountId ?? account,
    interfaces: flow.interfaceId === undefined ? [] : [flow.interfaceId],
  };
}

/** An address as it is compared; undefined when the text is none. */
export function comparable(text: string): IpAddress | undefined {
  const address = ipAddress(text);
  return address === undefined ? undefined : unmappedAddress(address);
}

function noFacts(): FactsSoFar {
  return {
    sources: [],
    destinations: [],
    sourcePort: undefined,
    destinationPort: undefined,
    protocol: undefined,
    action: undefined,
    account: undefined,
    interfaces: [],
  };
}

function addressInto(end: "sources" | "destinations"): FieldReader {
  return (word, facts) => {
    const address = comparable(word);
    if (address !== undefined) facts[end].push(address);
    return address !== undefined;
  };
}

/** As many digits as `VpcFormat` takes. */
const NUMBER = /^\d{1,16}$/;

function numberInto(name: "sourcePort" | "destinationPort" | "protocol", most: number): FieldReader {
  return (word, facts) => {
    const number = Number(word);
    facts[name] = number;
    return NUMBER.test(word) && number <= most;
  };
}

function readAccount(word: string, facts: FactsSoFar): boolean {
  if (word === "unknown") return true;
  facts.account = word;
  return /^\d{12}$/.test(word);
}

function readInterface(word: string, facts: FactsSoFar): boolean {
  facts.interfaces.push(word);
  return true;
}

function readAction(word: string, facts: FactsSoFar): boolean {
  if (word !== "ACCEPT" && word !== "REJECT") return false;
  facts.action = word;
  return true;
}
