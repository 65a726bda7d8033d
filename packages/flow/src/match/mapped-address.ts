import type { IpAddress, IpRange } from "../ip-range.js";

/** ::ffff:0:0/96, as digits. */
const MAPPED = "00000000000000000000ffff";

/** The IPv4 address that an IPv4-mapped IPv6 address stands for; any other address as it is. */
export function unmappedAddress(address: IpAddress): IpAddress {
  if (address.version === 4 || !address.digits.startsWith(MAPPED)) return address;
  return { version: 4, value: low32(address.digits) };
}

/** The same for a block of mapped addresses. */
export function unmapped(range: IpRange): IpRange {
  if (range.version === 4 || !range.first.startsWith(MAPPED) || !range.last.startsWith(MAPPED)) return range;
  return { version: 4, first: low32(range.first), last: low32(range.last) };
}

function low32(digits: string): number {
  return Number.parseInt(digits.slice(MAPPED.length), 16);
}
