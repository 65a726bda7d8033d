import { isAccountId } from "../aws-place.js";
import { normaliseMac } from "../azure/mac-address.js";
import { type IpRange, ipRange, rangeBits } from "../ip-range.js";
import { PROTOCOL_NAMES } from "../protocol-names.js";
import { FormatError } from "../tributary-error.js";
import { blockFirst, blockLast, type Ipv4Blocks } from "./ipv4-blocks.js";
import { unmapped } from "./mapped-address.js";

/** Which end of a flow must have an address or port. */
export type FlowEnd = "either" | "source" | "destination";

/** One thing to look for in flows. */
export type MatchTerm =
  | { readonly kind: "address"; readonly end: FlowEnd; readonly range: IpRange }
  /** Many IPv4 addresses, of which one is enough. */
  | { readonly kind: "addresses"; readonly end: FlowEnd; readonly blocks: Ipv4Blocks }
  | { readonly kind: "port"; readonly end: FlowEnd; readonly first: number; readonly last: number }
  | { readonly kind: "protocol"; readonly protocol: number }
  /** 12 digits, or an Azure subscription's GUID in lower case. */
  | { readonly kind: "account"; readonly account: string }
  /** `eni-…`, a MAC as 12 upper-case hex digits, or an Azure resource id in lower case. */
  | { readonly kind: "interface"; readonly id: string }
  | { readonly kind: "action"; readonly action: "ACCEPT" | "REJECT" };

/** What a term may be, for messages and help. */
export const MATCH_FORMS =
  "an address (10.0.0.5, 2001:db8::1), a CIDR (10.0.0.0/8), a port or range (443, 1024-2048), an interface (eni-0a1b2c3d, a MAC), " +
  "an account (12 digits, or a subscription's GUID), a protocol (tcp, udp, icmp, gre …, protocol:47), accept or reject; " +
  "src: or dst: before an address, CIDR or port means that end alone";

const LABELLED = /^(address|port|protocol|account|interface|eni|mac|action|src|dst):(.+)$/i;
const INTERFACE = /^eni-[0-9a-z]+$/i;
const SUBSCRIPTION = /^(?:external_)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i;
const RESOURCE = /^\/subscriptions\/[^/]+\/.+/i;
const PORTS = /^(\d{1,5})(?:-(\d{1,5}))?$/;
const MOST_PORT = 65_535;

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ...PROTOCOL_NAMES.flatMap((name, number) => (name === undefined ? [] : [[name, number] as const])),
  ["icmpv6", 58],
  ["ospf", 89],
]);

const ACTIONS: ReadonlyMap<string, "ACCEPT" | "REJECT"> = new Map([
  ["accept", "ACCEPT"],
  ["allow", "ACCEPT"],
  ["reject", "REJECT"],
  ["deny", "REJECT"],
]);

/**
 * Reads one term, told apart by its shape or by the label before it. Host bits of a CIDR are ignored. Throws FormatError `bad-match` that
 * quotes the word and lists what may stand there.
 */
export function parseMatchTerm(word: string): MatchTerm {
  const [, label, value = ""] = LABELLED.exec(word) ?? [];
  const term = label === undefined ? unlabelled(word) : labelled(label.toLowerCase(), value.trim());
  if (term === undefined) {
    throw new FormatError("bad-match", `${JSON.stringify(word)} is nothing to look for: give ${MATCH_FORMS}`);
  }
  return term;
}

function labelled(label: string, value: string): MatchTerm | undefined {
  switch (label) {
    case "src":
      return addressTerm(value, "source") ?? portTerm(value, "source");
    case "dst":
      return addressTerm(value, "destination") ?? portTerm(value, "destination");
    case "address":
      return addressTerm(value, "either");
    case "port":
      return portTerm(value, "either");
    case "protocol":
      return protocolTerm(value);
    case "account":
      return accountTerm(value);
    case "action":
      return actionTerm(value);
    default:
      return interfaceTerm(value);
  }
}

function unlabelled(word: string): MatchTerm | undefined {
  return (
    addressTerm(word, "either") ??
    portTerm(word, "either") ??
    // Before the MAC: 12 digits may be both.
    accountTerm(word) ??
    interfaceTerm(word) ??
    actionTerm(word) ??
    // A bare number is a port.
    (/^\d+$/.test(word) ? undefined : protocolTerm(word))
  );
}

function addressTerm(text: string, end: FlowEnd): MatchTerm | undefined {
  const range = ipRange(text);
  return range === undefined ? undefined : { kind: "address", end, range: unmapped(range) };
}

function portTerm(text: string, end: FlowEnd): MatchTerm | undefined {
  const found = PORTS.exec(text);
  if (found === null) return undefined;
  const first = Number(found[1]);
  const last = found[2] === undefined ? first : Number(found[2]);
  return first <= last && last <= MOST_PORT ? { kind: "port", end, first, last } : undefined;
}

function protocolTerm(text: string): MatchTerm | undefined {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : undefined;
  const protocol = number ?? PROTOCOLS.get(text.toLowerCase());
  return protocol === undefined || protocol > 255 ? undefined : { kind: "protocol", protocol };
}

function accountTerm(text: string): MatchTerm | undefined {
  if (isAccountId(text)) return { kind: "account", account: text };
  const subscription = SUBSCRIPTION.exec(text)?.[1];
  return subscription === undefined ? undefined : { kind: "account", account: subscription.toLowerCase() };
}

function interfaceTerm(text: string): MatchTerm | undefined {
  if (INTERFACE.test(text) || RESOURCE.test(text)) return { kind: "interface", id: text.toLowerCase() };
  const mac = normaliseMac(text);
  return mac === undefined ? undefined : { kind: "interface", id: mac };
}

function actionTerm(text: string): MatchTerm | undefined {
  const action = ACTIONS.get(text.toLowerCase());
  return action === undefined ? undefined : { kind: "action", action };
}

const LABELS: Readonly<Record<FlowEnd, string>> = { either: "", source: "src:", destination: "dst:" };

/** A term as `parseMatchTerm` reads it, one text for all spellings of the same; many addresses have commas between them. */
export function matchTermText(term: MatchTerm): string {
  switch (term.kind) {
    case "address":
      return LABELS[term.end] + rangeText(term.range);
    case "addresses":
      return Array.from(term.blocks, (block) => {
        return LABELS[term.end] + rangeText({ version: 4, first: blockFirst(block), last: blockLast(block) });
      }).join(",");
    case "port":
      return `${LABELS[term.end]}${term.first}${term.first === term.last ? "" : `-${term.last}`}`;
    case "protocol":
      return PROTOCOL_NAMES[term.protocol] ?? `protocol:${term.protocol}`;
    case "account":
      return term.account;
    case "interface":
      return /^\d+$/.test(term.id) ? `mac:${term.id}` : term.id;
    case "action":
      return term.action.toLowerCase();
  }
}

function rangeText(range: IpRange): string {
  const bits = range.first === range.last ? (range.version === 4 ? 32 : 128) : rangeBits(range);
  if (range.version === 4) {
    const { first } = range;
    const text = `${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.${first & 255}`;
    return bits === 32 ? text : `${text}/${bits}`;
  }
  const groups = (range.first.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  return bits === 128 ? groups.join(":") : `${groups.join(":")}/${bits}`;
}
