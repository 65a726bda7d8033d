import { BlockList } from "node:net";

type Family = "ipv4" | "ipv6";

/** The special-purpose registries of IANA, most specific first, for `node:net` to look up. */
const RANGES: readonly (readonly [scope: string, address: string, bits: number, family: Family])[] = [
  ["broadcast", "255.255.255.255", 32, "ipv4"],
  ["unspecified", "0.0.0.0", 32, "ipv4"],
  ["internal", "192.168.0.0", 16, "ipv4"],
  ["internal", "172.16.0.0", 12, "ipv4"],
  ["internal", "10.0.0.0", 8, "ipv4"],
  ["link-local", "169.254.0.0", 16, "ipv4"],
  ["reserved", "198.18.0.0", 15, "ipv4"],
  ["shared", "100.64.0.0", 10, "ipv4"],
  ["loopback", "127.0.0.0", 8, "ipv4"],
  ["reserved", "0.0.0.0", 8, "ipv4"],
  ["multicast", "224.0.0.0", 4, "ipv4"],
  ["reserved", "240.0.0.0", 4, "ipv4"],
  ["internet", "0.0.0.0", 0, "ipv4"],
  ["unspecified", "::", 128, "ipv6"],
  ["loopback", "::1", 128, "ipv6"],
  ["multicast", "ff00::", 8, "ipv6"],
  ["link-local", "fe80::", 10, "ipv6"],
  ["internal", "fc00::", 7, "ipv6"],
  ["internet", "2000::", 3, "ipv6"],
  ["reserved", "::", 0, "ipv6"],
];

const LISTS = RANGES.map(([scope, address, bits, family]) => {
  const list = new BlockList();
  list.addSubnet(address, bits, family);
  return { scope, family, list };
});

/** The IPv4 address inside ::ffff:0:0/96 (mapped) and 64:ff9b::/96 (NAT64), as the last two groups of the canonical form. */
const EMBEDDED = /^\[(?:::ffff:|64:ff9b::)(?:(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4}))?\]$/;

const remembered = new Map<string, string>();

/** Scope of an address, worked out by `node:net` and the URL parser. */
export function plainScope(address: string): string {
  const known = remembered.get(address);
  if (known !== undefined) return known;
  const scope = address.includes(":") ? scopeOfIpv6(address) : scopeOf(address, "ipv4");
  if (remembered.size > 10_000) remembered.clear();
  remembered.set(address, scope);
  return scope;
}

function scopeOfIpv6(address: string): string {
  const embedded = EMBEDDED.exec(new URL(`http://[${address}]/`).hostname);
  if (embedded === null) return scopeOf(address, "ipv6");
  const [high, low] = [embedded[1] ?? "0", embedded[2] ?? "0"].map((group) => Number.parseInt(group, 16));
  const bytes = [(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255];
  return scopeOf(bytes.join("."), "ipv4");
}

function scopeOf(address: string, family: Family): string {
  const found = LISTS.find((entry) => entry.family === family && entry.list.check(address, family));
  return found?.scope ?? "reserved";
}
