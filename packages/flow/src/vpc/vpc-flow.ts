import type { AddressInfo } from "../ip-address.js";
import type { VpcFormat } from "./vpc-format.js";

/**
 * One VPC flow-log record. A field is undefined when the format lacks it or the record says `-`. Addresses and numbers are valid;
 * text is as logged, tag values decoded.
 */
export class VpcFlow {
  version: number | undefined = undefined;
  /** 12 digits; undefined also for `unknown`, which some service-made interfaces log. */
  accountId: string | undefined = undefined;
  interfaceId: string | undefined = undefined;
  srcaddr: string | undefined = undefined;
  dstaddr: string | undefined = undefined;
  srcInfo: AddressInfo | undefined = undefined;
  dstInfo: AddressInfo | undefined = undefined;
  srcport: number | undefined = undefined;
  dstport: number | undefined = undefined;
  protocol: number | undefined = undefined;
  packets: number | undefined = undefined;
  bytes: number | undefined = undefined;
  /** s since the epoch. */
  start: number | undefined = undefined;
  /** s since the epoch. */
  end: number | undefined = undefined;
  action: "ACCEPT" | "REJECT" | undefined = undefined;
  logStatus: "OK" | "NODATA" | "SKIPDATA" | undefined = undefined;
  vpcId: string | undefined = undefined;
  subnetId: string | undefined = undefined;
  instanceId: string | undefined = undefined;
  tcpFlags: number | undefined = undefined;
  /** IPv4, IPv6 or EFA. */
  type: string | undefined = undefined;
  pktSrcaddr: string | undefined = undefined;
  pktDstaddr: string | undefined = undefined;
  pktSrcInfo: AddressInfo | undefined = undefined;
  pktDstInfo: AddressInfo | undefined = undefined;
  region: string | undefined = undefined;
  azId: string | undefined = undefined;
  pktSrcAwsService: string | undefined = undefined;
  pktDstAwsService: string | undefined = undefined;
  flowDirection: "ingress" | "egress" | undefined = undefined;
  trafficPath: number | undefined = undefined;
  /** Present fields without an attribute of their own, alternating name (as in the format) and value. */
  others: string[] | undefined = undefined;

  readonly #text: string;
  readonly #from: number;
  readonly #to: number;

  /** The record is the part of `text` from `from` to `to`. */
  constructor(
    readonly format: VpcFormat,
    text: string,
    from: number,
    to: number,
  ) {
    this.#text = text;
    this.#from = from;
    this.#to = to;
  }

  /** The record as delivered, without wrapper and line end. */
  get line(): string {
    return this.#text.slice(this.#from, this.#to);
  }

  /** The record as its identity is taken from: fields parted by one space, however it was delivered. */
  get identity(): string {
    const { line } = this;
    const spaced = line.includes("  ") || line.startsWith(" ") || line.endsWith(" ");
    return spaced ? line.trim().replaceAll(/ {2,}/g, " ") : line;
  }

  /** Whether the record identifies itself: interface, 5-tuple, start and end are all there. */
  get hasIdentity(): boolean {
    return (
      this.interfaceId !== undefined &&
      this.start !== undefined &&
      this.end !== undefined &&
      this.srcaddr !== undefined &&
      this.dstaddr !== undefined &&
      this.srcport !== undefined &&
      this.dstport !== undefined &&
      this.protocol !== undefined
    );
  }
}
