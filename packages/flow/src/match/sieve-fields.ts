import type { AddressSet } from "./address-set.js";
import type { FlowMatch } from "./flow-match.js";
import { comparable } from "./line-facts.js";
import type { MatchClause } from "./match-clause.js";

const SPACE = 32;
const DASH = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const ACCOUNT_DIGITS = 12;
const MOST_DIGITS = 16;
const HASHES = 4096;

const SOURCE = 1;
const DESTINATION = 2;
const SOURCE_PORT = 3;
const DESTINATION_PORT = 4;
const PROTOCOL = 5;
const ACCOUNT = 6;
const INTERFACE = 7;
const ACTION = 8;
const KINDS: ReadonlyMap<string, number> = new Map([
  ["srcaddr", SOURCE],
  ["pkt-srcaddr", SOURCE],
  ["dstaddr", DESTINATION],
  ["pkt-dstaddr", DESTINATION],
  ["srcport", SOURCE_PORT],
  ["dstport", DESTINATION_PORT],
  ["protocol", PROTOCOL],
  ["account-id", ACCOUNT],
  ["interface-id", INTERFACE],
  ["action", ACTION],
]);

/** What some clauses look for in one field, and the clause's bit. */
interface Wanted<T> {
  readonly bit: number;
  readonly among: T;
}

/** Reads the fields that a match looks at from their bytes, and keeps which clauses are met, a bit for each. */
export class SieveFields {
  /** Whether the field read last holds something that it cannot hold. */
  isOdd = false;
  #met = 0;
  #accountMet = 0;
  readonly #all: number;
  readonly #sources: readonly Wanted<AddressSet>[];
  readonly #destinations: readonly Wanted<AddressSet>[];
  readonly #sourcePorts: readonly Wanted<Uint8Array>[];
  readonly #destinationPorts: readonly Wanted<Uint8Array>[];
  readonly #protocols: readonly Wanted<Uint8Array>[];
  readonly #accounts: readonly Wanted<ReadonlySet<string>>[];
  readonly #interfaces: readonly Wanted<ReadonlySet<string>>[];
  readonly #actions: readonly Wanted<ReadonlySet<string>>[];
  /** 1 for the hashes of the interfaces looked for, so that text is made of few others. */
  readonly #interfaceHashes = new Uint8Array(HASHES);
  readonly #deliveryMet: number;
  /** Lines of one account come in runs. */
  #lastAccount = -1;
  #lastAccountMet = 0;

  constructor(match: FlowMatch, account: string | undefined) {
    const wanted = <T>(of: (clause: MatchClause) => T | undefined): readonly Wanted<T>[] =>
      match.clauses.flatMap((clause, index) => {
        const among = of(clause);
        return among === undefined ? [] : [{ bit: 1 << index, among }];
      });
    const named = (of: (clause: MatchClause) => ReadonlySet<string>) =>
      wanted((clause) => (of(clause).size === 0 ? undefined : of(clause)));
    this.#all = match.clauses.reduce((bits, _, index) => bits | (1 << index), 0);
    this.#sources = wanted(({ sources }) => sources);
    this.#destinations = wanted(({ destinations }) => destinations);
    this.#sourcePorts = wanted(({ sourcePorts }) => sourcePorts);
    this.#destinationPorts = wanted(({ destinationPorts }) => destinationPorts);
    this.#protocols = wanted(({ protocols }) => protocols);
    this.#accounts = named(({ accounts }) => accounts);
    this.#interfaces = named(({ interfaces }) => interfaces);
    this.#actions = named(({ actions }) => actions);
    for (const { among } of this.#interfaces) for (const id of among) this.#interfaceHashes[hashOf(id)] = 1;
    this.#deliveryMet = account === undefined ? 0 : metBy(this.#accounts, account);
  }

  /** What a field is looked at for; 0 for none. */
  static kind(field: string): number {
    return KINDS.get(field) ?? 0;
  }

  /** To be called before the fields of each line. */
  begin(): void {
    this.#met = 0;
    this.#accountMet = this.#deliveryMet;
  }

  /** Whether the line met all clauses. */
  get accepted(): boolean {
    return (this.#met | this.#accountMet) === this.#all;
  }

  /** Reads the field that begins at `at` and gives the index behind it, where a space or control character is. */
  read(kind: number, bytes: Uint8Array, at: number): number {
    this.isOdd = false;
    if (bytes[at] === DASH && (bytes[at + 1] as number) <= SPACE) return at + 1;
    switch (kind) {
      case SOURCE:
        return this.#readAddress(this.#sources, bytes, at);
      case DESTINATION:
        return this.#readAddress(this.#destinations, bytes, at);
      case SOURCE_PORT:
        return this.#readNumber(this.#sourcePorts, 65_535, bytes, at);
      case DESTINATION_PORT:
        return this.#readNumber(this.#destinationPorts, 65_535, bytes, at);
      case PROTOCOL:
        return this.#readNumber(this.#protocols, 255, bytes, at);
      case ACCOUNT:
        return this.#readAccount(bytes, at);
      case INTERFACE:
        return this.#readInterface(bytes, at);
      default:
        return this.#readAction(bytes, at);
    }
  }

  #readAddress(wanted: readonly Wanted<AddressSet>[], bytes: Uint8Array, from: number): number {
    const value = ipv4At(bytes, from);
    if (stop < 0) return this.#readOtherAddress(wanted, bytes, from);
    for (let i = 0; i < wanted.length; i++) {
      const { bit, among } = wanted[i] as Wanted<AddressSet>;
      if (among.hasIpv4(value)) this.#met |= bit;
    }
    return stop;
  }

  #readOtherAddress(wanted: readonly Wanted<AddressSet>[], bytes: Uint8Array, from: number): number {
    const end = endOf(bytes, from);
    const address = comparable(textOf(bytes, from, end));
    if (address === undefined) this.isOdd = true;
    else for (const { bit, among } of wanted) if (among.has(address)) this.#met |= bit;
    return end;
  }

  #readNumber(wanted: readonly Wanted<Uint8Array>[], most: number, bytes: Uint8Array, from: number): number {
    let value = 0;
    let at = from;
    for (let byte = bytes[at] as number; byte > SPACE; byte = bytes[++at] as number) {
      if (byte < ZERO || byte > NINE) this.isOdd = true;
      value = value * 10 + (byte - ZERO);
    }
    if (value > most || at - from > MOST_DIGITS) this.isOdd = true;
    if (!this.isOdd) for (const { bit, among } of wanted) if (among[value] === 1) this.#met |= bit;
    return at;
  }

  #readAccount(bytes: Uint8Array, from: number): number {
    let value = 0;
    let at = from;
    let isNumber = true;
    for (let byte = bytes[at] as number; byte > SPACE; byte = bytes[++at] as number) {
      if (byte < ZERO || byte > NINE) isNumber = false;
      value = value * 10 + (byte - ZERO);
    }
    if (!isNumber || at - from !== ACCOUNT_DIGITS) {
      this.isOdd = textOf(bytes, from, at) !== "unknown";
      return at;
    }
    if (value !== this.#lastAccount) {
      this.#lastAccount = value;
      this.#lastAccountMet = metBy(this.#accounts, textOf(bytes, from, at));
    }
    this.#accountMet = this.#lastAccountMet;
    return at;
  }

  #readInterface(bytes: Uint8Array, from: number): number {
    let hash = 0;
    let at = from;
    for (let byte = bytes[at] as number; byte > SPACE; byte = bytes[++at] as number) hash = (hash * 31 + byte) | 0;
    if (this.#interfaceHashes[hash & (HASHES - 1)] === 1) {
      this.#met |= metBy(this.#interfaces, textOf(bytes, from, at));
    }
    return at;
  }

  #readAction(bytes: Uint8Array, from: number): number {
    const end = endOf(bytes, from);
    const text = textOf(bytes, from, end);
    if (text !== "ACCEPT" && text !== "REJECT") this.isOdd = true;
    this.#met |= metBy(this.#actions, text);
    return end;
  }
}

/** Where an address ends, or -1 when it is no IPv4 address. Here and not in an object, of which each address would need one. */
let stop = 0;

/** The IPv4 address that begins at `at` and ends before a space or control character, as 32 signed bits. */
function ipv4At(bytes: Uint8Array, from: number): number {
  let value = 0;
  let at = from;
  stop = -1;
  for (let dots = 3; ; dots--) {
    let octet = digitAt(bytes, at);
    if (octet > 9) return 0;
    let digit = digitAt(bytes, ++at);
    if (digit <= 9) {
      if (octet === 0) return 0;
      octet = octet * 10 + digit;
      digit = digitAt(bytes, ++at);
      if (digit <= 9) {
        octet = octet * 10 + digit;
        digit = digitAt(bytes, ++at);
      }
    }
    if (octet > 255) return 0;
    value = (value << 8) | octet;
    const byte = bytes[at] as number;
    if (dots === 0) {
      if (byte <= SPACE) stop = at;
      return value;
    }
    if (byte !== DOT) return 0;
    at++;
  }
}

/** Above 9 where no digit is. */
function digitAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) - ZERO) >>> 0;
}

function metBy(wanted: readonly Wanted<ReadonlySet<string>>[], text: string): number {
  let met = 0;
  for (const { bit, among } of wanted) if (among.has(text)) met |= bit;
  return met;
}

/** Of an ASCII text, as `#readInterface` makes it of bytes. */
function hashOf(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0;
  return hash & (HASHES - 1);
}

function endOf(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] as number) > SPACE) at++;
  return at;
}

/** Text whose letters beyond ASCII do not matter. */
function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}
