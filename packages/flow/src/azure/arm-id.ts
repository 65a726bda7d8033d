import type { AzureRecordHeader } from "./azure-flow.js";

/** An Azure Resource Manager id, taken apart. Its letters' case carries no meaning, so what is compared is lower case. */
export interface ArmId {
  /** Lower case. */
  readonly subscription: string;
  readonly resourceGroup?: string;
  /** Resource type without its provider, lower case: `virtualnetworks`, `virtualnetworks/subnets`, `networkinterfaces` … */
  readonly type: string;
  /** Name of the innermost resource, as written. */
  readonly name: string;
  /** Id of the enclosing resource of a nested type (the VNet of a subnet), as written. */
  readonly parentId?: string;
}

/** Subscriptions are GUIDs; any such token is taken, since it also becomes part of a path. */
const SUBSCRIPTION = /^[0-9a-z][0-9a-z-]{0,63}$/;
/** `/<SUB>_NETWORKWATCHERRG/…`, how blob paths of VNet flow logs write subscription and resource group. */
const JOINED_SUBSCRIPTION = /(?:^|[/=])([0-9a-z][0-9a-z-]{0,63})_networkwatcherrg(?:\/|$)/i;
const PATH_SUBSCRIPTION = /(?:^|[/=])subscriptions\/([0-9a-z][0-9a-z-]{0,63})(?:\/|$)/i;
const NETWORK_WATCHER_REGION = /(?:^|[/=])networkwatcher_([0-9a-z]+)(?:[_/]|$)/i;

/** Takes an ARM id apart; undefined when the text is none (a GUID, `unspecified`, a path in another spelling). */
export function parseArmId(id: string): ArmId | undefined {
  const parts = id.split("/");
  if (parts.at(-1) === "") parts.pop();
  if (parts.length < 3 || parts[0] !== "" || parts.includes("", 1)) return undefined;
  const subscription = parts[2]?.toLowerCase() ?? "";
  if (parts[1]?.toLowerCase() !== "subscriptions" || !SUBSCRIPTION.test(subscription)) return undefined;
  if (parts.length === 3) return { subscription, type: "subscriptions", name: subscription };

  const grouped = parts[3]?.toLowerCase() === "resourcegroups";
  const resourceGroup = grouped ? parts[4] : undefined;
  if (grouped && resourceGroup === undefined) return undefined;
  const group = resourceGroup === undefined ? {} : { resourceGroup };
  if (resourceGroup !== undefined && parts.length === 5) {
    return { subscription, ...group, type: "resourcegroups", name: resourceGroup };
  }

  const providers = grouped ? 5 : 3;
  if (parts[providers]?.toLowerCase() !== "providers") return undefined;
  // After the provider's name, types and names alternate.
  const chain = parts.slice(providers + 2);
  const name = chain.at(-1);
  if (name === undefined || chain.length % 2 !== 0) return undefined;
  const type = chain.filter((_, index) => index % 2 === 0).join("/");
  return {
    subscription,
    ...group,
    type: type.toLowerCase(),
    name,
    ...(chain.length > 2 && { parentId: parts.slice(0, -2).join("/") }),
  };
}

/**
 * The subscription that a record's traffic belongs to, lower case: of the logged resource, else of the security group, else of the
 * flow log, else of the blob path. The logged resource comes first because a flow log may watch a network of another subscription.
 */
export function azureSubscription(header: AzureRecordHeader, blobKey?: string): string | undefined {
  for (const id of [header.targetResourceId, header.resourceId, header.flowLogResourceId, blobKey]) {
    if (id === undefined) continue;
    const found = PATH_SUBSCRIPTION.exec(id) ?? JOINED_SUBSCRIPTION.exec(id);
    if (found?.[1] !== undefined) return found[1].toLowerCase();
  }
  return undefined;
}

/**
 * Lower-case region from `NETWORKWATCHER_<REGION>`, the default name of a region's network watcher, in the flow log's id or the blob
 * path. Undefined where neither has it: NSG records name no region at all.
 */
export function azureRegion(header: AzureRecordHeader, blobKey?: string): string | undefined {
  for (const id of [header.flowLogResourceId, blobKey]) {
    const found = id === undefined ? null : NETWORK_WATCHER_REGION.exec(id);
    if (found?.[1] !== undefined) return found[1].toLowerCase();
  }
  return undefined;
}
