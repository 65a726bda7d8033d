import type { DescribedRecord } from "./described-record.js";

/** The names that EC2 uses in place of numbers (EC2 API reference, IpPermission: IpProtocol). */
const NUMBERS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 };

/** -1 for all protocols. */
export const ALL_PROTOCOLS = -1;

export const isIcmp = (protocol: number): boolean => protocol === 1 || protocol === 58;

/** The IANA number that `key` gives by name or number, or -1 for all. */
export function ipProtocol(record: DescribedRecord, key: string): number {
  const text = record.requiredText(key).toLowerCase();
  const known = Object.hasOwn(NUMBERS, text) ? NUMBERS[text] : undefined;
  if (known !== undefined) return known;
  if (text === "-1" || text === "all") return ALL_PROTOCOLS;
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 256;
  return number <= 255 ? number : record.reject(key, "tcp, udp, icmp, icmpv6, -1 or a protocol number");
}

const NAMES: Readonly<Record<number, string>> = {
  [ALL_PROTOCOLS]: "all",
  1: "icmp",
  6: "tcp",
  17: "udp",
  58: "icmpv6",
};

/** tcp, udp, icmp, icmpv6, all, or the number. */
export function protocolName(protocol: number): string {
  return NAMES[protocol] ?? String(protocol);
}
