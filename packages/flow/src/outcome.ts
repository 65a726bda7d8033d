/** Why input was counted and not delivered, although nothing is wrong with it. */
export type SkipReason = "nodata" | "skipdata" | "control-message" | "not-matched";

/**
 * Why input was kept aside with its raw text instead of being delivered.
 *
 * | code | meaning |
 * | --- | --- |
 * | `field-count` | a line whose number of fields differs from its format |
 * | `bad-field` | a field holds a value that its type forbids |
 * | `no-format-fits` | no configured format takes this header-less line |
 * | `ambiguous-format` | more than one configured format takes it |
 * | `transit-gateway` | a transit gateway flow log, which is another record type |
 * | `bad-tuple` | an Azure flow tuple breaks its layout |
 * | `bad-record` | an Azure record lacks what its layout needs |
 * | `invalid-json` | text that should be JSON is not, or it is cut off |
 * | `bad-gzip` | compressed data is broken or expands beyond the limit |
 * | `too-large` | one line, record or document exceeds a limit |
 * | `unrecognised` | none of the known inputs |
 * | `no-time` | neither the line nor its delivery says when |
 * | `no-account` | neither the line nor its delivery says whose |
 * | `no-endpoint` | the line names no source or no destination |
 * | `time-out-of-window` | the time lies outside the accepted window |
 * | `put-back-limit` | the record was put back too often |
 * | `conversion-failed` | the document did not convert to Parquet |
 */
export type ParkReason =
  | "field-count"
  | "bad-field"
  | "no-format-fits"
  | "ambiguous-format"
  | "transit-gateway"
  | "bad-tuple"
  | "bad-record"
  | "invalid-json"
  | "bad-gzip"
  | "too-large"
  | "unrecognised"
  | "no-time"
  | "no-account"
  | "no-endpoint"
  | "time-out-of-window"
  | "put-back-limit"
  | "conversion-failed";

/** Input that cannot be delivered: why, in a sentence that names the remedy, and the text itself. */
export class Parked {
  constructor(
    readonly reason: ParkReason,
    readonly message: string,
    readonly raw: string,
  ) {}
}

/** Input that is rightly not delivered. */
export class Skipped {
  private constructor(readonly reason: SkipReason) {}
  static readonly nodata = new Skipped("nodata");
  static readonly skipdata = new Skipped("skipdata");
  static readonly controlMessage = new Skipped("control-message");
}
