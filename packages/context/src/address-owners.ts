import { BoundedCache } from "@tributary/flow";
import type { NetworkInterface } from "./inventory.js";
import { blockStart, type IpAddress, ipAddress, ipRange, rangeBits, rangeContains } from "./ip-range.js";
import type { Timeline } from "./timeline.js";

/** That an interface has an address for a stretch of time. */
export interface Claim {
  /** ms, included. */
  readonly from: number;
  /** ms, excluded. */
  readonly to: number;
  readonly state: NetworkInterface;
  /** Numbers of its groups. */
  readonly groups: readonly number[];
  /** Whether the inventory begins after it. */
  readonly later: boolean;
  /** Whether the interface existed then; otherwise this is what it had before. */
  readonly existed: boolean;
  /** Whether it counts as a member of its groups with this address: a private one, while it existed. */
  readonly isMember: boolean;
}

/** An address with the interfaces that have it or had it. */
export interface OwnedAddress {
  readonly ip: IpAddress;
  readonly claims: readonly Claim[];
}

const NO_CLAIMS: readonly Claim[] = [];
/** Of IPv6 addresses, and addresses that may be in a prefix, twice as many are remembered at most (about 4 MB). */
const REMEMBERED = 8192;

/** Finds the interfaces that have an address, private, public or in a delegated prefix. */
export class AddressOwners {
  readonly #byAddress = new Map<number | string, Timeline<NetworkInterface>[]>();
  /** The IPv4 addresses of interfaces that flows have named. */
  readonly #owned = new Map<string, OwnedAddress>();
  /** By the number of leading bits, then by the block's first address. */
  readonly #prefixes = { 4: new Map<number, PrefixesOfOneSize>(), 6: new Map<number, PrefixesOfOneSize>() };
  readonly #remembered = new BoundedCache<string, OwnedAddress | null>(REMEMBERED, (text) => {
    const ip = ipAddress(text);
    return ip === undefined ? null : { ip, claims: this.claimsOn(ip) };
  });
  readonly #groupNumber: (id: string) => number;

  constructor(interfaces: Iterable<Timeline<NetworkInterface>>, groupNumber: (id: string) => number) {
    this.#groupNumber = groupNumber;
    for (const timeline of interfaces) {
      for (const state of timeline.states) {
        for (const address of state.addresses) this.#index(address, timeline);
        for (const address of state.publicAddresses) this.#index(address, timeline);
        for (const prefix of state.prefixes) this.#indexPrefix(prefix, timeline);
      }
    }
  }

  /** The address and who has it; undefined when the text is no address. */
  lookup(text: string): OwnedAddress | undefined {
    const known = this.#owned.get(text);
    if (known !== undefined) return known;
    const ip = ipAddress(text);
    if (ip === undefined) return undefined;
    const isIndexed = this.#byAddress.has(indexKey(ip));
    if (isIndexed && ip.version === 4) {
      const owned = { ip, claims: this.claimsOn(ip) };
      this.#owned.set(text, owned);
      return owned;
    }
    if (!isIndexed && this.#prefixes[ip.version].size === 0) return { ip, claims: NO_CLAIMS };
    return this.#remembered.get(text) ?? undefined;
  }

  /** Who has the address. */
  claimsOn(ip: IpAddress): readonly Claim[] {
    const timelines = new Set(this.#byAddress.get(indexKey(ip)));
    for (const [bits, blocks] of this.#prefixes[ip.version]) {
      for (const timeline of blocks.get(blockStart(ip, bits)) ?? []) timelines.add(timeline);
    }
    return [...timelines].flatMap((timeline) => this.#claims(ip, timeline));
  }

  #claims(ip: IpAddress, timeline: Timeline<NetworkInterface>): Claim[] {
    return timeline.spans.flatMap(({ from, to, state, later, existed }) => {
      const isPrivate = hasPrivately(state, ip);
      if (!isPrivate && !state.publicAddresses.some((text) => isSame(text, ip))) return [];
      const groups = state.groups.map(this.#groupNumber);
      return [{ from, to, state, groups, later, existed, isMember: existed && isPrivate }];
    });
  }

  #index(text: string, timeline: Timeline<NetworkInterface>): void {
    const ip = ipAddress(text);
    if (ip !== undefined) add(this.#byAddress, indexKey(ip), timeline);
  }

  #indexPrefix(cidr: string, timeline: Timeline<NetworkInterface>): void {
    const range = ipRange(cidr);
    if (range === undefined) return;
    const sizes = this.#prefixes[range.version];
    const bits = rangeBits(range);
    const blocks = sizes.get(bits) ?? new Map<number | string, Timeline<NetworkInterface>[]>();
    sizes.set(bits, blocks);
    add(blocks, range.first, timeline);
  }
}

const indexKey = (ip: IpAddress): number | string => (ip.version === 4 ? ip.value : ip.digits);

type PrefixesOfOneSize = Map<number | string, Timeline<NetworkInterface>[]>;

/** Whether it is one of the interface's private addresses, or in a prefix delegated to it. */
export function hasPrivately(state: NetworkInterface, ip: IpAddress): boolean {
  if (state.addresses.some((text) => isSame(text, ip))) return true;
  return state.prefixes.some((cidr) => {
    const range = ipRange(cidr);
    return range !== undefined && rangeContains(range, ip);
  });
}

/** Whether it is one of the interface's own addresses, the public ones included. */
export function isOwnAddress(state: NetworkInterface, text: string): boolean {
  if (state.addresses.includes(text) || state.publicAddresses.includes(text)) return true;
  // Spelt as EC2 spells it, which it need not be, and the only one of its kind.
  if (state.prefixes.length === 0 && !text.includes(":")) return false;
  const ip = ipAddress(text);
  return ip !== undefined && hasPrivately(state, ip);
}

/**
 * The interface that has the address at the time; failing that one that is first known later; failing that one that is gone. Of several
 * the one in the VPC, the last to come where there are more; without one there, none of several.
 */
export function ownerAt(
  claims: readonly Claim[],
  time: number,
  vpcId: string | undefined,
): NetworkInterface | undefined {
  let best: Claim | undefined;
  let bestRank = Infinity;
  let isShared = false;
  for (let i = 0; i < claims.length; i++) {
    const claim = claims[i] as Claim;
    if (time < claim.from || time >= claim.to) continue;
    const isElsewhere = vpcId === undefined || claim.state.vpcId !== vpcId;
    const rank = (claim.later ? 2 : claim.existed ? 0 : 4) + (isElsewhere ? 1 : 0);
    if (rank > bestRank) continue;
    isShared = rank === bestRank && isElsewhere;
    if (rank === bestRank && best !== undefined && claim.state.asOf < best.state.asOf) continue;
    bestRank = rank;
    best = claim;
  }
  return isShared ? undefined : best?.state;
}

function isSame(text: string, ip: IpAddress): boolean {
  const other = ipAddress(text);
  if (other?.version === 4) return ip.version === 4 && other.value === ip.value;
  return ip.version === 6 && other?.digits === ip.digits;
}

function add<K>(map: Map<K, Timeline<NetworkInterface>[]>, key: K, timeline: Timeline<NetworkInterface>): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [timeline]);
  else if (known.at(-1) !== timeline) known.push(timeline);
}
