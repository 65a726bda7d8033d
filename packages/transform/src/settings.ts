import type { FlowContext } from "@tributary/context";
import { COMMON_FORMATS, type VpcFormat } from "@tributary/flow";

/** What a deployment or a local run decides about the transformation. */
export interface TransformSettings {
  /** The formats that lines without a header may have. */
  readonly formats: readonly VpcFormat[];
  /** 12-digit account of lines that name none, when their delivery names none either. */
  readonly account?: string;
  /** Whether the delivery stream's own account is the last resort for `account`. */
  readonly accountFromStream: boolean;
  /** `cloud.region` of flows that name none. */
  readonly region?: string;
  /** Whether a line without any time gets the time at which Firehose received it. */
  readonly timeFromArrival: boolean;
  /**
   * Days before and after its arrival that a flow's time may lie; others are parked, since each day opens partitions and Firehose
   * has 500. Without a window only impossible times are parked.
   */
  readonly window?: { readonly pastDays: number; readonly futureDays: number };
  /** Whether documents carry `observables`: two to three more objects each, about a fifth of their size. */
  readonly observables: boolean;
  /** Explains VPC flows by the inventory; without one, documents carry no context. */
  readonly context?: FlowContext;
  /** The response, as JSON, stays below this many bytes. Lambda's limit is 6,291,456. */
  readonly responseBudgetBytes: number;
}

export const DEFAULT_WINDOW = { pastDays: 7, futureDays: 1 } as const;

export const DEFAULT_SETTINGS: TransformSettings = {
  formats: COMMON_FORMATS,
  accountFromStream: true,
  timeFromArrival: true,
  window: DEFAULT_WINDOW,
  observables: false,
  responseBudgetBytes: 5_500_000,
};
