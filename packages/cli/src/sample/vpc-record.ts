import type { NetworkInterface } from "./estate.js";

/** What one interface saw of one conversation in one direction during one interval. Times in seconds since the epoch. */
export interface TrafficRecord {
  readonly status: "OK";
  readonly on: NetworkInterface;
  readonly direction: "ingress" | "egress";
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
  readonly packets: number;
  readonly bytes: number;
  readonly start: number;
  readonly end: number;
  readonly action: "ACCEPT" | "REJECT";
  /** OR of the flags seen: FIN 1, SYN 2, RST 4, SYN-ACK 18. */
  readonly flags: number;
  /** Ends as the packets name them, where a NAT gateway makes them differ from `source` and `destination`. */
  readonly packetSource: string;
  readonly packetDestination: string;
  readonly sourceService: string;
  readonly destinationService: string;
  /** Egress only: how the packets left, as AWS numbers it; `-` on ingress and where nothing left. */
  readonly path: string;
}

/** An interval without traffic, or one for which records were dropped. */
export interface GapRecord {
  readonly status: "NODATA" | "SKIPDATA";
  readonly on: NetworkInterface;
  readonly start: number;
  readonly end: number;
}

export type VpcRecord = TrafficRecord | GapRecord;
