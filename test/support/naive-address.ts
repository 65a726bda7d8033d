/** An address as a number, worked out in the plainest way. */
export interface NaiveAddress {
  readonly version: 4 | 6;
  readonly value: bigint;
}

const ipv4Value = (text: string): bigint =>
  text.split(".").reduce((value, octet) => value * 256n + BigInt(Number(octet)), 0n);

const remembered = new Map<string, NaiveAddress>();

/** Reads an IPv4 or IPv6 literal that is known to be one. */
export function naiveAddress(text: string): NaiveAddress {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const address = read(text);
  if (remembered.size > 10_000) remembered.clear();
  remembered.set(text, address);
  return address;
}

function read(text: string): NaiveAddress {
  if (!text.includes(":")) return { version: 4, value: ipv4Value(text) };
  const [head = "", tail] = text.split("::");
  const front = groupsOf(head);
  const back = groupsOf(tail ?? "");
  const zeros = new Array<number>(8 - front.length - back.length).fill(0);
  const groups = [...front, ...zeros, ...back];
  return { version: 6, value: groups.reduce((value, group) => value * 65536n + BigInt(group), 0n) };
}

function groupsOf(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const value = Number(ipv4Value(group));
    return [Math.floor(value / 65536), value % 65536];
  });
}

/** Whether the CIDR holds the address. An IPv4 CIDR holds no IPv6 address, mapped ones included. */
export function isInside({ version, value }: NaiveAddress, cidr: string): boolean {
  const [first = "", bits = ""] = cidr.split("/");
  const network = naiveAddress(first);
  const host = BigInt((network.version === 4 ? 32 : 128) - Number(bits));
  return version === network.version && value >> host === network.value >> host;
}

/** Whether two literals mean the same address, however they are written. */
export function isSame({ version, value }: NaiveAddress, text: string): boolean {
  const other = naiveAddress(text);
  return version === other.version && value === other.value;
}

/** Writes an address, IPv6 in full. */
export function addressText({ version, value }: NaiveAddress): string {
  const size = version === 4 ? 8n : 16n;
  const parts = Array.from(
    { length: version === 4 ? 4 : 8 },
    (_, index) => (value >> (size * BigInt(index))) % (1n << size),
  );
  return version === 4
    ? parts.reverse().join(".")
    : parts
        .reverse()
        .map((part) => part.toString(16))
        .join(":");
}

/** The first and the last address of a CIDR, and their neighbours outside it, where there are any. */
export function edgesOf(cidr: string): readonly string[] {
  const [text = "", bits = ""] = cidr.split("/");
  const { version, value } = naiveAddress(text);
  const width = version === 4 ? 32 : 128;
  const host = BigInt(width - Number(bits));
  const first = (value >> host) << host;
  const last = first + (1n << host) - 1n;
  return [first - 1n, first, last, last + 1n]
    .filter((edge) => edge >= 0n && edge < 1n << BigInt(width))
    .map((edge) => addressText({ version, value: edge }));
}
