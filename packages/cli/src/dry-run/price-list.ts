/** A part of what is transferred in a month, and what a GB of it costs, USD. */
export interface TransferStep {
  /** Bytes up to which it goes, counted from the first of the month. */
  readonly upTo: number;
  readonly perGb: number;
}

export interface PriceList {
  /** Month that it was looked up for. */
  readonly asOf: string;
  readonly region: string;
  readonly source: string;
  /** How well it is known. */
  readonly certainty: string;
  /** USD for a thousand requests. */
  readonly listPerThousand: number;
  readonly getPerThousand: number;
  /** Out to the internet; nothing is charged inside the bucket's region. */
  readonly transferOut: readonly TransferStep[];
}

const GB = 1024 ** 3;
const TB = 1024 * GB;

/** What Amazon asks for reading from S3 Standard. Other regions and storage classes cost more; contracts may cost less. */
export const S3_PRICES: PriceList = {
  asOf: "2026-06",
  region: "US East (N. Virginia)",
  source: "https://aws.amazon.com/s3/pricing/",
  certainty:
    "requests and the first step of the transfer as price guides of 2026 quote that page, which agree; the further steps, and nothing within a region, as long known; not read from the page itself",
  listPerThousand: 0.005,
  getPerThousand: 0.0004,
  transferOut: [
    // Of all services of an account together.
    { upTo: 100 * GB, perGb: 0 },
    { upTo: 10 * TB, perGb: 0.09 },
    { upTo: 50 * TB, perGb: 0.085 },
    { upTo: 150 * TB, perGb: 0.07 },
    { upTo: Number.POSITIVE_INFINITY, perGb: 0.05 },
  ],
};
