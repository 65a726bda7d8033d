import { ipRange } from "@tributary/context";
import { InvalidArgumentError } from "commander";

const PROTOCOLS: ReadonlyMap<string, number> = new Map(
  Object.entries({ icmp: 1, tcp: 6, udp: 17, gre: 47, esp: 50, icmpv6: 58 }),
);

/** An IANA number from a name or number; `all` is -1. */
export function protocolNumber(text: string): number {
  const name = text.toLowerCase();
  if (name === "all") return -1;
  const named = PROTOCOLS.get(name);
  if (named !== undefined) return named;
  const number = Number(text);
  if (!/^\d{1,3}$/.test(text) || number > 255) {
    throw new InvalidArgumentError(`Give ${[...PROTOCOLS.keys()].join(", ")}, all, or a number up to 255.`);
  }
  return number;
}

export function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new InvalidArgumentError("Give a port from 0 to 65535.");
  return port;
}

/** An address or CIDR, as given. */
export function addressOrBlock(text: string): string {
  if (ipRange(text) === undefined) throw new InvalidArgumentError("Give an address or CIDR, such as 203.0.113.0/24.");
  return text;
}
