import type { PrefixList } from "../inventory.js";
import type { Described } from "./described.js";
import type { DescribedRecord } from "./described-record.js";
import { optional } from "./optional.js";
import { regionOfArn } from "./region.js";

/**
 * An element of `PrefixLists` (EC2 API reference, ManagedPrefixList; describe-prefix-lists gives `Cidrs` too) with `cidrs`, its entries.
 * Whoever owns it, it serves every account of its region that may see it.
 */
export function describedPrefixList(
  json: DescribedRecord,
  asOf: number,
  cidrs: readonly string[] | undefined,
): Described<PrefixList> {
  const id = json.requiredText("PrefixListId");
  const record = json.named(id);
  return {
    accountId: undefined,
    vpcId: undefined,
    region: regionOfArn(record.text("PrefixListArn")),
    state: {
      id,
      ...optional("name", record.text("PrefixListName")),
      ...optional("cidrs", cidrs ?? record.cidrs("Cidrs")),
      asOf,
    },
  };
}

/** An element of `Entries` of get-managed-prefix-list-entries (EC2 API reference, PrefixListEntry). */
export function prefixListCidr(record: DescribedRecord): string {
  return record.cidr("Cidr") ?? record.reject("Cidr", "an address range");
}
