import type { FlowTransform, TransformationEvent, TransformationResponse } from "@tributary/transform";
import type { InventorySource } from "./inventory-source.js";

export interface TransformInvocationOptions {
  readonly transform: Pick<FlowTransform, "transform">;
  /** The inventory that the transform explains flows with, if it does. */
  readonly source: Pick<InventorySource, "refresh" | "flush" | "takeReport"> | undefined;
  /** Takes one entry for each invocation. */
  readonly log: (entry: object) => void;
}

/** One invocation: the inventory is looked at before the batch, and asked for what it lacked after it. */
export function transformInvocation({
  transform,
  source,
  log,
}: TransformInvocationOptions): (event: TransformationEvent) => Promise<TransformationResponse> {
  return async (event) => {
    await source?.refresh();
    const { response, report } = await transform.transform(event);
    await source?.flush();
    log({
      message: "transformed",
      invocationId: event.invocationId,
      ...report,
      ...(source === undefined ? {} : { inventory: source.takeReport() }),
    });
    return response;
  };
}
