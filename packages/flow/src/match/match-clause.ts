import type { IpAddress, IpRange } from "../ip-range.js";
import { AddressSet } from "./address-set.js";
import { Ipv4BlockList } from "./ipv4-blocks.js";
import type { FlowEnd, MatchTerm } from "./match-term.js";

/** What can be looked for in one flow. What a flow does not say is undefined or missing, and no term matches it. */
export interface MatchFacts {
  /** Of the log line and of its packets, IPv4-mapped ones as IPv4. */
  readonly sources: readonly IpAddress[];
  readonly destinations: readonly IpAddress[];
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly protocol: number | undefined;
  readonly action: "ACCEPT" | "REJECT" | undefined;
  /** In lower case. */
  readonly account: string | undefined;
  /** As in an interface term. */
  readonly interfaces: readonly string[];
}

const PORTS = 65_536;
const PROTOCOLS = 256;

/** Terms of which one is enough. Lookups are by table or set, so that ten thousand terms cost what one does. */
export class MatchClause {
  readonly sources: AddressSet | undefined;
  readonly destinations: AddressSet | undefined;
  /** 1 where the port is looked for. */
  readonly sourcePorts: Uint8Array | undefined;
  readonly destinationPorts: Uint8Array | undefined;
  readonly protocols: Uint8Array | undefined;
  readonly accounts: ReadonlySet<string>;
  readonly interfaces: ReadonlySet<string>;
  readonly actions: ReadonlySet<string>;
  /** Of the terms; asked for each field of each format, so that no list is gone through for it. */
  readonly kinds: ReadonlySet<MatchTerm["kind"]>;

  /** `terms` as `packedTerms` gives them. */
  constructor(readonly terms: readonly MatchTerm[]) {
    const addresses = [...termsOf(terms, "addresses"), ...termsOf(terms, "address")];
    const ports = termsOf(terms, "port");
    this.sources = addressSet(addresses, "source");
    this.destinations = bothEnds(addresses) ? this.sources : addressSet(addresses, "destination");
    this.sourcePorts = portTable(ports, "source");
    this.destinationPorts = bothEnds(ports) ? this.sourcePorts : portTable(ports, "destination");
    this.protocols = table(
      termsOf(terms, "protocol").map(({ protocol }) => [protocol, protocol]),
      PROTOCOLS,
    );
    this.accounts = new Set(termsOf(terms, "account").map(({ account }) => account));
    this.interfaces = new Set(termsOf(terms, "interface").map(({ id }) => id));
    this.actions = new Set(termsOf(terms, "action").map(({ action }) => action));
    this.kinds = new Set(terms.map(({ kind }) => (kind === "addresses" ? "address" : kind)));
  }

  accepts(facts: MatchFacts): boolean {
    const { sourcePort, destinationPort, protocol, account, action } = facts;
    return (
      facts.sources.some((address) => this.sources?.has(address)) ||
      facts.destinations.some((address) => this.destinations?.has(address)) ||
      (sourcePort !== undefined && this.sourcePorts?.[sourcePort] === 1) ||
      (destinationPort !== undefined && this.destinationPorts?.[destinationPort] === 1) ||
      (protocol !== undefined && this.protocols?.[protocol] === 1) ||
      (account !== undefined && this.accounts.has(account)) ||
      (action !== undefined && this.actions.has(action)) ||
      facts.interfaces.some((id) => this.interfaces.has(id))
    );
  }
}

type TermOf<K extends MatchTerm["kind"]> = Extract<MatchTerm, { readonly kind: K }>;

function termsOf<K extends MatchTerm["kind"]>(terms: readonly MatchTerm[], kind: K): readonly TermOf<K>[] {
  return terms.filter((term): term is TermOf<K> => term.kind === kind);
}

function bothEnds(terms: readonly { readonly end: FlowEnd }[]): boolean {
  return terms.every(({ end }) => end === "either");
}

function at<T extends { readonly end: FlowEnd }>(terms: readonly T[], end: FlowEnd): readonly T[] {
  return terms.filter((term) => term.end === end || term.end === "either");
}

function addressSet(terms: readonly (TermOf<"addresses"> | TermOf<"address">)[], end: FlowEnd): AddressSet | undefined {
  const ipv4 = new Ipv4BlockList();
  const ipv6: Extract<IpRange, { readonly version: 6 }>[] = [];
  for (const term of at(terms, end)) {
    if (term.kind === "addresses") ipv4.addAll(term.blocks);
    else if (term.range.version === 4) ipv4.add(term.range.first, term.range.last);
    else ipv6.push(term.range);
  }
  return AddressSet.of(ipv4.distinct(), ipv6);
}

function portTable(terms: readonly TermOf<"port">[], end: FlowEnd): Uint8Array | undefined {
  return table(
    at(terms, end).map(({ first, last }) => [first, last]),
    PORTS,
  );
}

function table(ranges: readonly (readonly [first: number, last: number])[], size: number): Uint8Array | undefined {
  if (ranges.length === 0) return undefined;
  const found = new Uint8Array(size);
  for (const [first, last] of ranges) found.fill(1, first, last + 1);
  return found;
}
