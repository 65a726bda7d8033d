import { BoundedCache } from "./bounded-cache.js";
import { parseIpv4, parseIpv6 } from "./ip-address.js";

/** A parsed address. An IPv4-mapped IPv6 address is IPv6. */
export type IpAddress =
  | {
      readonly version: 4;
      /** Unsigned 32 bits. */
      readonly value: number;
    }
  | {
      readonly version: 6;
      /** 32 lower-case hexadecimal digits, so that text orders as addresses do. */
      readonly digits: string;
    };

/** A CIDR block, both ends included. */
export type IpRange =
  | { readonly version: 4; readonly first: number; readonly last: number }
  | { readonly version: 6; readonly first: string; readonly last: string };

/** Parsed IPv6 addresses and CIDR blocks that are remembered, at most two generations of this many each (about 2 MB in all). */
const GENERATION = 4096;
const ipv6Addresses = new BoundedCache<string, IpAddress | null>(GENERATION, parseIpv6Address);
const ranges = new BoundedCache<string, IpRange | null>(GENERATION, parseRange);

/** The address of an IPv4 or IPv6 literal; undefined when the text is neither. */
export function ipAddress(text: string): IpAddress | undefined {
  const value = parseIpv4(text);
  if (value >= 0) return { version: 4, value };
  return ipv6Addresses.get(text) ?? undefined;
}

/** The block of a CIDR text, host bits ignored; an address alone is a block of one. Undefined when the text is neither. */
export function ipRange(cidr: string): IpRange | undefined {
  return ranges.get(cidr) ?? undefined;
}

export function rangeContains(range: IpRange, address: IpAddress): boolean {
  if (range.version === 4) return address.version === 4 && range.first <= address.value && address.value <= range.last;
  return address.version === 6 && range.first <= address.digits && address.digits <= range.last;
}

/** The first address of the block with this many leading bits that holds the address: what blocks of one size are looked up by. */
export function blockStart(address: IpAddress, bits: number): number | string {
  if (address.version === 4) return address.value - (address.value % 2 ** (32 - bits));
  return maskedDigits(address.digits, bits, 0);
}

/** How many leading bits all addresses of the block share. */
export function rangeBits(range: IpRange): number {
  if (range.version === 4) return 32 - Math.round(Math.log2(range.last - range.first + 1));
  let bits = 0;
  while (bits < 128 && digitBit(range.first, bits) === digitBit(range.last, bits)) bits++;
  return bits;
}

function parseIpv6Address(text: string): IpAddress | null {
  const groups = parseIpv6(text);
  if (groups === undefined) return null;
  return { version: 6, digits: groups.map((group) => group.toString(16).padStart(4, "0")).join("") };
}

function parseRange(cidr: string): IpRange | null {
  const slash = cidr.indexOf("/");
  const address = ipAddress(slash < 0 ? cidr : cidr.slice(0, slash));
  if (address === undefined) return null;
  const most = address.version === 4 ? 32 : 128;
  const length = slash < 0 ? String(most) : cidr.slice(slash + 1);
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : most + 1;
  if (bits > most) return null;
  if (address.version === 4) {
    const size = 2 ** (32 - bits);
    const first = address.value - (address.value % size);
    return { version: 4, first, last: first + size - 1 };
  }
  return {
    version: 6,
    first: maskedDigits(address.digits, bits, 0),
    last: maskedDigits(address.digits, bits, 15),
  };
}

/** The digits with all bits after the first `bits` taken from `fill`, 0 or 15. */
function maskedDigits(digits: string, bits: number, fill: 0 | 15): string {
  const whole = bits >> 2;
  if (whole === 32) return digits;
  const hostBits = 15 >> (bits & 3);
  const edge = (Number.parseInt(digits.charAt(whole), 16) & ~hostBits) | (fill & hostBits);
  return digits.slice(0, whole) + edge.toString(16) + fill.toString(16).repeat(31 - whole);
}

function digitBit(digits: string, bit: number): number {
  return (Number.parseInt(digits.charAt(bit >> 2), 16) >> (3 - (bit & 3))) & 1;
}
