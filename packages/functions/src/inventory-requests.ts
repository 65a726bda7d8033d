import { isAccountId, isRegion } from "@tributary/flow";

/** Interfaces that a transform met and that are in no inventory. */
export interface InventoryRequest {
  /** Undefined when the flow log names none. */
  readonly accountId?: string;
  readonly region?: string;
  readonly interfaceIds: readonly string[];
}

/** The way from the transform to the collector. */
export interface InventoryRequests {
  send(requests: readonly InventoryRequest[]): Promise<void>;
}

/** What a message of the collector's queue asks for. */
export type CollectorMessage =
  | { readonly kind: "requests"; readonly requests: readonly InventoryRequest[] }
  /** A call that changed the network of an account and region. */
  | { readonly kind: "change"; readonly accountId: string; readonly region: string };

const INTERFACE = /^eni-[0-9a-f]{8,32}$/;

/** Whether EC2 could know an interface of this name. */
export const isInterfaceId = (id: string): boolean => INTERFACE.test(id);

export function encodeRequests(requests: readonly InventoryRequest[]): string {
  return JSON.stringify({ interfaces: requests });
}

/**
 * Reads a message: requests of a transform, or an EC2 event of EventBridge ("AWS API Call via CloudTrail"). Undefined if it is neither, or
 * names an account or region that cannot be one: without it the request would go to all targets. Ids that cannot be interfaces are left out.
 */
export function readMessage(body: string): CollectorMessage | undefined {
  const message = parsed(body);
  const requests = property(message, "interfaces");
  if (Array.isArray(requests)) {
    const read = requests.map(readRequest);
    return read.includes(undefined)
      ? undefined
      : { kind: "requests", requests: read.filter((request) => request !== undefined) };
  }
  if (property(message, "source") === "aws.ec2") {
    const [accountId, region] = [property(message, "account"), property(message, "region")];
    if (isAccountId(accountId) && isRegion(region)) return { kind: "change", accountId, region };
  }
  return undefined;
}

function readRequest(request: unknown): InventoryRequest | undefined {
  const ids = property(request, "interfaceIds");
  if (!Array.isArray(ids)) return undefined;
  const [accountId, region] = [property(request, "accountId"), property(request, "region")];
  if (accountId !== undefined && !isAccountId(accountId)) return undefined;
  if (region !== undefined && !isRegion(region)) return undefined;
  return {
    interfaceIds: ids.filter((id): id is string => typeof id === "string" && isInterfaceId(id)),
    ...(accountId === undefined ? {} : { accountId }),
    ...(region === undefined ? {} : { region }),
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
