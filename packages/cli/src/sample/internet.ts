import type { SeededRandom } from "./random.js";

/**
 * Everything outside the estate lives in the ranges that RFC 5737 and RFC 3849 set aside for documentation:
 * 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 and 2001:db8::/32.
 */

/** The office, the only place from which the bastion may be reached. */
export const OFFICE_CIDR = "203.0.113.0/28";
/** A network that the public subnets' network ACL turns away although the security group would let it in. */
export const BLOCKED_CIDR = "198.51.100.192/27";
/** S3 in this estate's region: what the prefix list of the gateway endpoint holds. */
export const S3_CIDR = "192.0.2.128/27";

export const RESOLVER = "192.0.2.53";
export const TIME_SERVER = "192.0.2.123";
/** Where the compromised application server reports to, every five minutes. */
export const BEACON_TARGET = "203.0.113.66";
/** Tries one port of one host every few minutes, and has found the open one. */
export const SLOW_SCANNER = "198.51.100.23";
/** Tries one port on every public host. */
export const SWEEPER = "203.0.113.199";

const address = (prefix: string, from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${prefix}${from + i}`);

export const OFFICE_HOSTS = address("203.0.113.", 2, 12);
export const BLOCKED_HOSTS = address("198.51.100.", 193, 222);
export const S3_HOSTS = address("192.0.2.", 130, 157);
/** Internet services that servers call: package mirrors, payment, mail. */
export const SERVICE_HOSTS = address("203.0.113.", 100, 131);
export const WEB_CLIENTS = [...address("192.0.2.", 1, 50), ...address("198.51.100.", 64, 180)];
export const SCANNERS = [...address("198.51.100.", 24, 60), ...address("203.0.113.", 210, 250)];
export const BRUTE_FORCERS = address("198.51.100.", 2, 9);

/** Ports that scanners try, the popular ones more often. */
export const SCANNED_PORTS = [
  21, 22, 22, 23, 23, 25, 110, 135, 139, 445, 445, 1433, 1723, 2375, 3306, 3389, 3389, 5060, 5432, 5900, 6379, 6443,
  7001, 8080, 8081, 8443, 8888, 9200, 11211, 27017,
] as const;

export function ipv6Client(random: SeededRandom): string {
  return `2001:db8:${random.between(0x100, 0x1ff).toString(16)}::${random.between(1, 0xfff).toString(16)}`;
}
