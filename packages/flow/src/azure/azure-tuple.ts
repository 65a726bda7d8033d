import { isIpAddress, parseIpv4 } from "../ip-address.js";
import { Parked } from "../outcome.js";
import type { AzureCounters, AzureLayout, AzureTuple } from "./azure-flow.js";

/** Microsoft's "Flow log format" pages: 8 fields in NSG version 1, 13 in NSG version 2 and in VNet version 4. */
export const NSG_V1_FIELDS = 8;
export const NSG_V2_FIELDS = 13;
const VNET_V4_FIELDS = 13;

/** Below this an epoch counts seconds: 1e11 s is the year 5138, 1e11 ms is March 1973, before any flow log. */
const MILLISECONDS_FROM = 1e11;
/** 9999-12-31T23:59:59.999Z, the last time that ISO 8601 writes with four digits. */
const LAST_TIME = 253_402_300_799_999;

const COMMA = 44;
const ZERO = 48;
const NINE = 57;
const UPPER_A = 65;
const UPPER_B = 66;
const UPPER_C = 67;
const UPPER_D = 68;
const UPPER_E = 69;
const UPPER_I = 73;
const UPPER_O = 79;
const UPPER_T = 84;
const UPPER_U = 85;

const TCP = 6;
const UDP = 17;

const NOT_A_NUMBER = -1;
const NOT_EXACT = -2;
const NO_COUNTERS = Symbol("no counters");

/**
 * `starts[i]` is where field i begins; one past its end stands the comma before `starts[i + 1]`. Shared scratch: parsing is
 * synchronous and one array per tuple would cost more than the scan.
 */
const starts = new Int32Array(VNET_V4_FIELDS + 1);

/**
 * Parses one flow tuple of the given layout. Every field is checked; a tuple that breaks its layout comes back parked (`bad-tuple`)
 * with a message that names the field, its value and what belongs there. Times in seconds or milliseconds are told apart by
 * magnitude. Never throws.
 */
export function parseAzureTuple(layout: AzureLayout, text: string): AzureTuple | Parked {
  const expected = layout === "nsg-v1" ? NSG_V1_FIELDS : layout === "nsg-v2" ? NSG_V2_FIELDS : VNET_V4_FIELDS;
  const fields = findFields(text);
  if (fields !== expected) return wrongFieldCount(layout, text, fields, expected);

  const epoch = unsigned(text, 0);
  const time = epoch < MILLISECONDS_FROM ? epoch * 1000 : epoch;
  if (epoch < 0 || time > LAST_TIME) {
    return bad(text, "time", 0, "seconds or milliseconds since 1970 in digits, up to the year 9999");
  }
  const srcIp = field(text, 1);
  if (!isAddress(srcIp)) return bad(text, "source address", 1, "an IPv4 or IPv6 address");
  const dstIp = field(text, 2);
  if (!isAddress(dstIp)) return bad(text, "destination address", 2, "an IPv4 or IPv6 address");
  const srcPort = unsigned(text, 3);
  if (srcPort < 0 || srcPort > 65535) return bad(text, "source port", 3, "0 to 65535");
  const dstPort = unsigned(text, 4);
  if (dstPort < 0 || dstPort > 65535) return bad(text, "destination port", 4, "0 to 65535");
  const protocol = protocolNumber(text, 5);
  if (protocol < 0) return bad(text, "protocol", 5, "T, U or an IANA number from 0 to 255");
  const side = letter(text, 6);
  if (side !== UPPER_I && side !== UPPER_O) return bad(text, "direction", 6, "I or O");
  const direction = side === UPPER_I ? "I" : "O";

  if (layout === "vnet-v4") {
    const state = flowState(text, 7);
    if (state === undefined) return bad(text, "flow state", 7, "B, C, E or D");
    const encryption = encryptionToken(text, 8);
    if (encryption === undefined) return bad(text, "flow encryption", 8, "X, NX or NX_ with a reason");
    const counters = parseCounters(text);
    if (counters instanceof Parked) return counters;
    const allowed = state !== "D";
    if (state === "B" || state === "D") {
      return { time, srcIp, dstIp, srcPort, dstPort, protocol, direction, allowed, state, encryption };
    }
    if (counters === NO_COUNTERS) return bad(text, "packets sent", 9, `a count, since state ${state} reports traffic`);
    return { time, srcIp, dstIp, srcPort, dstPort, protocol, direction, allowed, state, encryption, counters };
  }

  const decision = letter(text, 7);
  if (decision !== UPPER_A && decision !== UPPER_D) return bad(text, "decision", 7, "A (allowed) or D (denied)");
  const allowed = decision === UPPER_A;
  if (layout === "nsg-v1") return { time, srcIp, dstIp, srcPort, dstPort, protocol, direction, allowed };

  const logged = flowState(text, 8);
  if (logged === undefined || (allowed && logged === "D")) return bad(text, "flow state", 8, "B, C or E");
  const counters = parseCounters(text);
  if (counters instanceof Parked) return counters;
  // NSG version 2 logs a denied flow as `D,B`; the decision says more than the state.
  const state = allowed ? logged : "D";
  if (state === "B" || state === "D" || counters === NO_COUNTERS) {
    // Inbound TCP rules without FlowTimeoutInMinutes get C and E tuples without any count.
    return { time, srcIp, dstIp, srcPort, dstPort, protocol, direction, allowed, state };
  }
  return { time, srcIp, dstIp, srcPort, dstPort, protocol, direction, allowed, state, counters };
}

/** How many comma-separated fields a tuple has. */
export function tupleFieldCount(text: string): number {
  let fields = 1;
  for (let i = text.indexOf(","); i >= 0; i = text.indexOf(",", i + 1)) fields++;
  return fields;
}

/** Fills `starts` and returns the number of fields; beyond the longest layout it only counts. */
function findFields(text: string): number {
  let fields = 1;
  starts[0] = 0;
  const length = text.length;
  for (let i = 0; i < length; i++) {
    if (text.charCodeAt(i) === COMMA) {
      if (fields <= VNET_V4_FIELDS) starts[fields] = i + 1;
      fields++;
    }
  }
  if (fields <= VNET_V4_FIELDS) starts[fields] = length + 1;
  return fields;
}

function start(index: number): number {
  return starts[index] as number;
}

function end(index: number): number {
  return (starts[index + 1] as number) - 1;
}

function field(text: string, index: number): string {
  return text.slice(start(index), end(index));
}

/** The only character of a one-letter field, or -1. */
function letter(text: string, index: number): number {
  return end(index) - start(index) === 1 ? text.charCodeAt(start(index)) : -1;
}

/** A field of decimal digits; NOT_A_NUMBER when it holds anything else or nothing, NOT_EXACT above Number.MAX_SAFE_INTEGER. */
function unsigned(text: string, index: number): number {
  const to = end(index);
  let i = start(index);
  if (i === to) return NOT_A_NUMBER;
  let value = 0;
  for (; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE) return NOT_A_NUMBER;
    value = value * 10 + (code - ZERO);
  }
  return value > Number.MAX_SAFE_INTEGER ? NOT_EXACT : value;
}

function isAddress(text: string): boolean {
  return parseIpv4(text) >= 0 || isIpAddress(text);
}

function protocolNumber(text: string, index: number): number {
  const only = letter(text, index);
  if (only === UPPER_T) return TCP;
  if (only === UPPER_U) return UDP;
  const number = unsigned(text, index);
  return number <= 255 ? number : NOT_A_NUMBER;
}

function flowState(text: string, index: number): "B" | "C" | "E" | "D" | undefined {
  switch (letter(text, index)) {
    case UPPER_B:
      return "B";
    case UPPER_C:
      return "C";
    case UPPER_E:
      return "E";
    case UPPER_D:
      return "D";
    default:
      return undefined;
  }
}

/** The list of encryption values is open, so any token of capitals, digits and underscores passes. */
function encryptionToken(text: string, index: number): string | undefined {
  const token = field(text, index);
  if (token === "NX" || token === "X") return token;
  return /^[A-Z0-9_]{1,64}$/.test(token) ? token : undefined;
}

/** Fields 9 to 12 of both 13-field layouts: all four counts, or none at all. */
function parseCounters(text: string): AzureCounters | typeof NO_COUNTERS | Parked {
  if (end(12) - start(9) === 3) return NO_COUNTERS; // three commas and nothing else
  const packetsOut = unsigned(text, 9);
  if (packetsOut < 0) return badCount(text, "packets sent", 9, packetsOut);
  const bytesOut = unsigned(text, 10);
  if (bytesOut < 0) return badCount(text, "bytes sent", 10, bytesOut);
  const packetsIn = unsigned(text, 11);
  if (packetsIn < 0) return badCount(text, "packets received", 11, packetsIn);
  const bytesIn = unsigned(text, 12);
  if (bytesIn < 0) return badCount(text, "bytes received", 12, bytesIn);
  return { packetsOut, bytesOut, packetsIn, bytesIn };
}

function badCount(text: string, name: string, index: number, problem: number): Parked {
  const expectation =
    problem === NOT_EXACT
      ? `a count up to ${Number.MAX_SAFE_INTEGER}, beyond which it would be rounded`
      : "a count in digits, or all four counts empty";
  return bad(text, name, index, expectation);
}

function bad(text: string, name: string, index: number, expectation: string): Parked {
  return new Parked("bad-tuple", `${name} is ${quote(field(text, index))}: expected ${expectation}`, text);
}

function wrongFieldCount(layout: AzureLayout, text: string, fields: number, expected: number): Parked {
  const message = `fields: tuple ${quote(text)} has ${fields}, expected the ${expected} of layout ${layout}`;
  return new Parked("bad-tuple", message, text);
}

/** Values in messages are cut, the whole tuple is kept in `raw`. */
function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}
