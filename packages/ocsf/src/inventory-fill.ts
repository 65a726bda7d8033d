import type { ExplainedFlow } from "@tributary/context";
import type { VpcFlow } from "@tributary/flow";
import { type ContextFragments, contextFragments, nameField } from "./context-fragments.js";

/** What the inventory adds to a flow's document, rendered. */
export interface VpcContext {
  readonly fragments: ContextFragments;
  /** `name` of each endpoint, as a field or nothing. */
  readonly srcName: string;
  readonly dstName: string;
  /** Fields of the log's vocabulary that the log lacked and the inventory gave, joined by commas; undefined when it lacked none. */
  readonly filled: string | undefined;
}

const DIRECTION = 1;
const VPC = 2;
const SUBNET = 4;
const INSTANCE = 8;
const NAMES = ["flow-direction", "vpc-id", "subnet-id", "instance-id"] as const;

/** The names of each combination. */
const COMBINATIONS = Array.from({ length: 16 }, (_, bits) =>
  NAMES.filter((_, bit) => (bits & (1 << bit)) !== 0).join(","),
);

/**
 * Gives a flow the direction, VPC, subnet and instance that its log lacks, from the interface that recorded it. Formats with 14 fields name
 * none of them. The document says which ones are not the log's own (`unmapped.from_inventory`).
 */
export function fillFromInventory(flow: VpcFlow, explained: ExplainedFlow): VpcContext {
  const { explanation, recorder, srcName, dstName } = explained;
  let filled = 0;
  if (flow.flowDirection === undefined && explanation.direction !== undefined) {
    flow.flowDirection = explanation.direction;
    filled |= DIRECTION;
  }
  if (recorder !== undefined) {
    if (flow.vpcId === undefined && recorder.vpcId !== undefined) {
      flow.vpcId = recorder.vpcId;
      filled |= VPC;
    }
    if (flow.subnetId === undefined && recorder.subnetId !== undefined) {
      flow.subnetId = recorder.subnetId;
      filled |= SUBNET;
    }
    if (flow.instanceId === undefined && recorder.instanceId !== undefined) {
      flow.instanceId = recorder.instanceId;
      filled |= INSTANCE;
    }
  }
  return {
    fragments: contextFragments(explanation),
    srcName: nameField(srcName),
    dstName: nameField(dstName),
    filled: filled === 0 ? undefined : COMBINATIONS[filled],
  };
}
