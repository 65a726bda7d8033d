import { packLineBatch } from "@tributary/delivery";
import { type LineBatch, parseVpcLogKey } from "@tributary/flow";
import type { ReadContext, ReadParked, ReadRecord } from "./flow-reader.js";

/** The time of a file as a whole, if anything says one. */
export type DeliveryTime = Pick<LineBatch, "time" | "timeBasis">;

/** What the delivery of a file says of all its lines: whose they are, and when, where they do not say so. */
export interface LineDelivery {
  readonly lines: Omit<LineBatch, "ids" | "lines" | "fields" | keyof DeliveryTime>;
  readonly time: DeliveryTime;
}

export function lineDelivery({ key, path, arrivalTime, source }: ReadContext): LineDelivery {
  const { account, region, time: slot } = parseVpcLogKey(path) ?? {};
  return {
    lines: {
      key,
      ...(account === undefined ? {} : { account }),
      ...(region === undefined ? {} : { region }),
      ...(source === undefined ? {} : { source }),
    },
    time:
      slot !== undefined
        ? { time: slot, timeBasis: "file-name" }
        : arrivalTime !== undefined
          ? { time: arrivalTime, timeBasis: "arrival" }
          : {},
  };
}

/** Packs numbered lines into records; those that no record can hold are parked at their numbers. */
export function addLines(
  batch: LineBatch,
  { responseBudgetBytes, contextBytes }: ReadContext,
  into: { readonly records: ReadRecord[]; readonly parked: ReadParked[] },
): void {
  for (const packing of packLineBatch(batch, responseBudgetBytes, contextBytes)) {
    if (packing.kind === "packed") into.records.push(packing);
    else into.parked.push({ parked: packing.parked, position: Number(packing.id) });
  }
}
