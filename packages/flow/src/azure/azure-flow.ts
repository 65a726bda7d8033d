/** The layouts of Azure flow records, told apart by shape, never by category or version number. */
export type AzureLayout = "nsg-v1" | "nsg-v2" | "vnet-v4";

/** What one Azure flow-log record says about all its tuples. Ids keep the spelling of the log. */
export interface AzureRecordHeader {
  readonly layout: AzureLayout;
  /** End of the logged minute, as written (up to 7 fractional digits, `Z`). Not a key: a minute may fill several records. */
  readonly time: string;
  /** 12 hex digits, upper case, without separators; absent when the record names none. */
  readonly macAddress?: string;
  /** NSG layouts: ARM id of the network security group. */
  readonly resourceId?: string;
  /** VNet layout: ARM id of the flow log, upper case in real data. */
  readonly flowLogResourceId?: string;
  /** VNet layout: ARM id of the logged VNet, subnet or NIC. */
  readonly targetResourceId?: string;
  readonly flowLogGuid?: string;
}

/** Tuples of one record that share rule, ACL and MAC. */
export interface AzureFlowGroup {
  /** Index of the flow inside the record, and of the group inside the flow: parts of every tuple's identity. */
  readonly flow: number;
  readonly group: number;
  /** Index, inside the original group, of the first tuple in `tuples`. */
  readonly first: number;
  readonly rule: string;
  readonly aclId?: string;
  /** MAC of the group (NSG layouts carry it here); 12 upper-case hex digits. */
  readonly mac?: string;
  readonly tuples: readonly string[];
}

/** Counters of one report, since the previous report of the same flow. "out" is source to destination as the tuple names them. */
export interface AzureCounters {
  readonly packetsOut: number;
  readonly bytesOut: number;
  readonly packetsIn: number;
  readonly bytesIn: number;
}

/** One parsed tuple. */
export interface AzureTuple {
  /** ms since the epoch. */
  readonly time: number;
  readonly srcIp: string;
  readonly dstIp: string;
  readonly srcPort: number;
  readonly dstPort: number;
  /** IANA protocol number. */
  readonly protocol: number;
  /** I inbound, O outbound, seen from the NIC. */
  readonly direction: "I" | "O";
  readonly allowed: boolean;
  /** B begin, C continue, E end, D denied; absent in NSG version 1. NSG version 2 writes denied flows as `D,B`: allowed is false then. */
  readonly state?: "B" | "C" | "E" | "D";
  /** VNet layout only: X, NX, NX_… */
  readonly encryption?: string;
  /** Absent on B and D, on NSG version 1, and where Azure did not count. */
  readonly counters?: AzureCounters;
}

/**
 * One Firehose record of Azure flows: the header once, where it stood, and some tuples. One subscription and one UTC day each.
 * Written as JSON with the key `tributary` first; `origin` and `attempt` are set when the record was put back.
 */
export interface PackedAzureRecord {
  readonly tributary: {
    readonly v: 1;
    readonly kind: "azure";
    readonly origin?: "reput" | "replay" | "canary";
    readonly attempt?: number;
  };
  /** Lower-cased blob path from `resourceId=` or `flowLogResourceID=` on; see `azureBlobKey`. */
  readonly blob: string;
  /** Absolute byte offset of the record's opening brace in its blob. */
  readonly offset: number;
  /** The file or object that was read, when each document shall name it: an absolute path or an URL. */
  readonly source?: string;
  /** Line or record of the source that holds this one, where the source is not the blob itself. */
  readonly sourceLine?: number;
  readonly header: AzureRecordHeader;
  readonly groups: readonly AzureFlowGroup[];
}
