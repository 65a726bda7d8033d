import { batch } from "./batch-account.js";
import {
  instances,
  managedPrefixLists,
  networkInterfaces,
  prefixListEntries,
  prefixListsOf,
  securityGroupRules,
  securityGroups,
} from "./ec2-descriptions.js";
import type { AwsAccount } from "./estate.js";
import { networkAcls } from "./network-acl-descriptions.js";
import { production } from "./production-account.js";

/** Where the inventory lies below a sample's folder. */
export const INVENTORY_FOLDER = "inventory";

export interface InventoryFile {
  /** Below the sample's folder. */
  readonly path: string;
  readonly text: string;
}

/**
 * The inventory of the sample's AWS accounts: what `aws ec2 describe-…` would have printed, one file per command. It depends on
 * nothing but the estate.
 */
export function inventoryFiles(): readonly InventoryFile[] {
  return [production, batch].flatMap((account) =>
    descriptions(account).map(([name, content]) => ({
      path: `${INVENTORY_FOLDER}/${account.id}/${name}.json`,
      // Indented as the AWS command line prints it.
      text: `${JSON.stringify(content, undefined, 4)}\n`,
    })),
  );
}

function descriptions(account: AwsAccount): readonly (readonly [name: string, content: unknown])[] {
  return [
    ["network-interfaces", networkInterfaces(account)],
    ["security-groups", securityGroups(account)],
    ["security-group-rules", securityGroupRules(account)],
    ["managed-prefix-lists", managedPrefixLists(account)],
    // The command's output does not name the list, so the file does.
    ...[...prefixListsOf(account)].map(
      ([id, cidrs]) => [`prefix-list-entries-${id}`, prefixListEntries(cidrs)] as const,
    ),
    ["network-acls", networkAcls(account)],
    ["instances", instances(account)],
  ];
}
