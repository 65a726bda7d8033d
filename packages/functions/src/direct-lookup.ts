import { inventoryOf } from "@tributary/context";
import type { InterfaceLookup } from "@tributary/context/ec2";
import type { DirectLookup, LookedUp } from "./inventory-source.js";

export interface DirectLookupOptions {
  /** 12 digits; the only account and region that is asked. */
  readonly accountId: string;
  readonly region: string;
  readonly callsPerMinute: number;
}

/** ms */
const TIMEOUT = 2000;

/** Direct lookups in the function's own account and region. The client of EC2 is loaded with the first of them: it is larger than all else. */
export function directLookupFor(
  options: DirectLookupOptions,
): (accountId: string | undefined, region: string | undefined) => DirectLookup | undefined {
  const { accountId, region } = options;
  let loading: Promise<InterfaceLookup> | undefined;
  const lookup: DirectLookup = {
    accountId,
    region,
    find: async (ids) => {
      loading ??= loaded(options);
      return lookedUp(await (await loading).find(ids), options, Date.now());
    },
  };
  return (ofAccount = accountId, ofRegion = region) =>
    ofAccount === accountId && ofRegion === region ? lookup : undefined;
}

/** An answer of EC2 as the inventory sees it. */
export function lookedUp(
  { found, unknown, problems, calls }: Awaited<ReturnType<InterfaceLookup["find"]>>,
  { accountId, region }: { readonly accountId: string; readonly region: string },
  collectedAt: number,
): LookedUp {
  const { interfaces } = inventoryOf({ networkInterfaces: found }, { accountId, region, collectedAt });
  return { found: interfaces, unknown, calls, problems: problems.map(({ message }) => message) };
}

async function loaded({ region, callsPerMinute }: DirectLookupOptions): Promise<InterfaceLookup> {
  const { ec2Client, ec2Pages, InterfaceLookup } = await import("@tributary/context/ec2");
  const client = ec2Client({ region, maxAttempts: 1, requestTimeout: TIMEOUT });
  return new InterfaceLookup(ec2Pages(client), { region, callsPerMinute, now: Date.now });
}
