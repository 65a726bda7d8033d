/**
 * Where an address belongs, for queries that must not do CIDR arithmetic:
 * `internal` private ranges (RFC 1918, RFC 4193), `shared` RFC 6598, `loopback`, `link-local`, `multicast`, `broadcast`,
 * `unspecified`, `reserved`, and `internet` for the rest. Documentation addresses (RFC 5737, RFC 3849) count as internet, since examples
 * use them for hosts there and nobody else may.
 */
export type AddressScope =
  | "internal"
  | "internet"
  | "shared"
  | "loopback"
  | "link-local"
  | "multicast"
  | "broadcast"
  | "unspecified"
  | "reserved";

/** What is known of an address literal. */
export interface AddressInfo {
  readonly version: 4 | 6;
  readonly scope: AddressScope;
}

const DOT = 46;
const COLON = 58;
const ZERO = 48;
const NINE = 57;

/** The 32-bit value of a dotted IPv4 literal without leading zeros (unsigned), or -1 when the text from `from` on is none. */
export function parseIpv4(text: string, from = 0): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ZERO && code <= NINE) {
      if (octet === 0) return -1;
      octet = octet < 0 ? code - ZERO : octet * 10 + (code - ZERO);
      if (octet > 255) return -1;
    } else if (code === DOT) {
      if (octet < 0 || ++dots > 3) return -1;
      value = value * 256 + octet;
      octet = -1;
    } else {
      return -1;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

/** The eight 16-bit groups of an IPv6 literal (RFC 4291 section 2.2, IPv4 tail included, no zone), or undefined. */
export function parseIpv6(text: string): readonly number[] | undefined {
  // 40 characters is what OCSF allows an address; only the full form with an IPv4 tail, which nobody prints, is longer.
  if (text.length < 2 || text.length > 40) return undefined;
  const groups: number[] = [];
  let gap = -1;
  let i = 0;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return undefined;
    gap = 0;
    i = 2;
  }
  while (i < text.length) {
    if (groups.length === 8) return undefined;
    let end = i;
    let value = 0;
    while (end < text.length && text.charCodeAt(end) !== COLON && text.charCodeAt(end) !== DOT) {
      const digit = hexDigit(text.charCodeAt(end));
      if (digit < 0 || end - i === 4) return undefined;
      value = value * 16 + digit;
      end++;
    }
    if (text.charCodeAt(end) === DOT) {
      const tail = parseIpv4(text, i);
      if (tail < 0 || groups.length > 6) return undefined;
      groups.push(Math.floor(tail / 65536), tail % 65536);
      i = text.length;
      break;
    }
    if (end === i) return undefined;
    groups.push(value);
    i = end;
    if (i === text.length) break;
    i++; // the colon
    if (i === text.length) return undefined;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return undefined;
      gap = groups.length;
      i++;
    }
  }
  if (gap < 0) return groups.length === 8 ? groups : undefined;
  if (groups.length > 7) return undefined;
  return [...groups.slice(0, gap), ...new Array<number>(8 - groups.length).fill(0), ...groups.slice(gap)];
}

function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** First address, prefix length, scope: the IANA special-purpose registries, most specific first. */
const IPV4_SCOPES: readonly (readonly [first: number, bits: number, scope: AddressScope])[] = [
  [ipv4(255, 255, 255, 255), 32, "broadcast"],
  [ipv4(0, 0, 0, 0), 32, "unspecified"],
  [ipv4(192, 168, 0, 0), 16, "internal"],
  [ipv4(169, 254, 0, 0), 16, "link-local"],
  [ipv4(198, 18, 0, 0), 15, "reserved"],
  [ipv4(172, 16, 0, 0), 12, "internal"],
  [ipv4(100, 64, 0, 0), 10, "shared"],
  [ipv4(10, 0, 0, 0), 8, "internal"],
  [ipv4(127, 0, 0, 0), 8, "loopback"],
  [ipv4(0, 0, 0, 0), 8, "reserved"],
  [ipv4(224, 0, 0, 0), 4, "multicast"],
  [ipv4(240, 0, 0, 0), 4, "reserved"],
];

function ipv4(a: number, b: number, c: number, d: number): number {
  return ((a * 256 + b) * 256 + c) * 256 + d;
}

function ipv4Scope(value: number): AddressScope {
  for (const [first, bits, scope] of IPV4_SCOPES) {
    const size = 2 ** (32 - bits);
    if (value >= first && value < first + size) return scope;
  }
  return "internet";
}

function ipv6Scope(groups: readonly number[]): AddressScope {
  const first = groups[0] ?? 0;
  if (groups.slice(0, 5).every((group) => group === 0)) {
    const low = (groups[6] ?? 0) * 65536 + (groups[7] ?? 0);
    if (groups[5] === 0xffff) return ipv4Scope(low);
    if (groups[5] === 0 && low === 0) return "unspecified";
    if (groups[5] === 0 && low === 1) return "loopback";
    return "reserved";
  }
  if (first >= 0xff00) return "multicast";
  if (first >= 0xfe80 && first <= 0xfebf) return "link-local";
  if (first >= 0xfc00 && first <= 0xfdff) return "internal";
  // 64:ff9b::/96 carries an IPv4 address behind a NAT64 gateway (RFC 6052).
  if (first === 0x64 && groups[1] === 0xff9b && groups.slice(2, 6).every((group) => group === 0)) {
    return ipv4Scope((groups[6] ?? 0) * 65536 + (groups[7] ?? 0));
  }
  return first >= 0x2000 && first <= 0x3fff ? "internet" : "reserved";
}

function parse(text: string): AddressInfo | undefined {
  const value = parseIpv4(text);
  if (value >= 0) return { version: 4, scope: ipv4Scope(value) };
  const groups = parseIpv6(text);
  return groups === undefined ? undefined : { version: 6, scope: ipv6Scope(groups) };
}

/** Two generations of this many addresses are remembered: parsing is paid once per address, memory stays bounded (about 2 MB). */
const GENERATION = 8192;
let recent = new Map<string, AddressInfo>();
let previous = new Map<string, AddressInfo>();

/** Version and scope of an IPv4 or IPv6 literal; undefined when the text is neither. */
export function addressInfo(text: string): AddressInfo | undefined {
  const known = recent.get(text);
  if (known !== undefined) return known;
  const info = previous.get(text) ?? parse(text);
  if (info === undefined) return undefined;
  if (recent.size >= GENERATION) {
    previous = recent;
    recent = new Map();
  }
  recent.set(text, info);
  return info;
}

/** Whether the text is an IPv4 or IPv6 literal, without zone or prefix length. */
export function isIpAddress(text: string): boolean {
  return addressInfo(text) !== undefined;
}
