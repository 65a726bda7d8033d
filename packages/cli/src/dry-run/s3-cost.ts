import { type PriceList, S3_PRICES } from "./price-list.js";

/** Requests of a run. */
export interface RequestCount {
  readonly list: number;
  readonly get: number;
}

export interface S3Cost {
  /** USD. */
  readonly requests: number;
  readonly transferInRegion: 0;
  /** Out to the internet: when the month's free part is unused, and when it is used up. */
  readonly transferOut: { readonly low: number; readonly high: number };
  readonly prices: Pick<PriceList, "asOf" | "region" | "source" | "certainty">;
}

const GB = 1024 ** 3;

/** What the store charges for so many requests and bytes, by list prices. */
export function s3Cost(requests: RequestCount, bytes: number, prices: PriceList = S3_PRICES): S3Cost {
  const { asOf, region, source, certainty, listPerThousand, getPerThousand, transferOut } = prices;
  const free = transferOut[0]?.perGb === 0 ? transferOut[0].upTo : 0;
  return {
    requests: (requests.list * listPerThousand + requests.get * getPerThousand) / 1000,
    transferInRegion: 0,
    transferOut: {
      low: transferCost(0, bytes, prices),
      high: transferCost(free, free + bytes, prices),
    },
    prices: { asOf, region, source, certainty },
  };
}

/** USD for the bytes from one up to another, counted from the first of the month. */
function transferCost(from: number, to: number, { transferOut }: PriceList): number {
  let cost = 0;
  let begin = 0;
  for (const { upTo, perGb } of transferOut) {
    const bytes = Math.min(to, upTo) - Math.max(from, begin);
    if (bytes > 0) cost += (bytes / GB) * perGb;
    begin = upTo;
  }
  return cost;
}
