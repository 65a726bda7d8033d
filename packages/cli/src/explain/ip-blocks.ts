import type { IpRange } from "@tributary/context";

export function overlap(one: IpRange, other: IpRange): boolean {
  if (one.version === 4) return other.version === 4 && one.first <= other.last && other.first <= one.last;
  return other.version === 6 && one.first <= other.last && other.first <= one.last;
}

/** Whether all of `inner` is in `outer`. */
export function covers(outer: IpRange, inner: IpRange): boolean {
  if (outer.version === 4) return inner.version === 4 && outer.first <= inner.first && inner.last <= outer.last;
  return inner.version === 6 && outer.first <= inner.first && inner.last <= outer.last;
}

/** What of both, for blocks of which one holds the other or that have nothing in common. */
export function common(one: IpRange, other: IpRange): IpRange | undefined {
  if (covers(one, other)) return other;
  return covers(other, one) ? one : undefined;
}
