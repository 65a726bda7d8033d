/** A flow of the lake as a plain object, with the attributes that context touches or is drawn from. Absent values are absent. */
export interface FlowDocument {
  /** Its number in the file, from 0. */
  readonly row: number;
  /** ms since the epoch. */
  readonly time: number;
  readonly action_id?: number;
  readonly status_detail?: string;
  readonly metadata?: { readonly product?: { readonly name?: string } };
  readonly connection_info?: ConnectionInfo;
  readonly src_endpoint?: Endpoint;
  readonly dst_endpoint?: Endpoint;
  readonly firewall_rule?: Readonly<Record<string, unknown>>;
  readonly enrichments?: readonly Readonly<Record<string, unknown>>[];
  readonly observables?: readonly Observable[];
  readonly unmapped?: Readonly<Record<string, string>>;
}

export interface ConnectionInfo {
  readonly direction?: string;
  /** 1 inbound, 2 outbound, 0 unknown. */
  readonly direction_id?: number;
  readonly protocol_num?: number;
  readonly tcp_flags?: number;
}

export interface Endpoint {
  readonly ip?: string;
  readonly port?: number;
  readonly name?: string;
  readonly instance_uid?: string;
  readonly interface_uid?: string;
  readonly subnet_uid?: string;
  readonly vpc_uid?: string;
  readonly intermediate_ips?: readonly string[];
}

export interface Observable {
  readonly name: string;
  readonly type?: string;
  readonly type_id?: number;
  readonly value?: string;
}

/** The columns that context may change. */
export const CONTEXT_COLUMNS = [
  "status_detail",
  "connection_info",
  "src_endpoint",
  "dst_endpoint",
  "firewall_rule",
  "enrichments",
  "observables",
  "unmapped",
] as const satisfies readonly (keyof FlowDocument)[];

/** The columns that a document is read from. */
export const DOCUMENT_COLUMNS: readonly (keyof FlowDocument)[] = ["time", "action_id", "metadata", ...CONTEXT_COLUMNS];

// Only a key can stand between two bare quotes and before a null: quotes inside of strings are escaped.
const NULL_BEFORE_OTHERS = /"[a-z_]+":null,/g;
const NULL_AT_END = /,?"[a-z_]+":null(?=\})/g;

/** A row as the lake gives it, without what is null. Much faster than to look at every value after parsing. */
export function parseFlowDocument(text: string): FlowDocument {
  return JSON.parse(text.replace(NULL_BEFORE_OTHERS, "").replace(NULL_AT_END, "")) as FlowDocument;
}

/** Whether it came from a VPC flow log: those of other clouds name their rules themselves. */
export function isVpcFlow({ metadata }: FlowDocument): boolean {
  return metadata?.product?.name === "Amazon VPC";
}
