import type { InventoryPart } from "../inventory.js";

/** The actions that read each part. None of them changes anything. */
export const INVENTORY_ACTIONS: Readonly<Record<InventoryPart, readonly string[]>> = {
  interfaces: ["ec2:DescribeNetworkInterfaces"],
  groups: ["ec2:DescribeSecurityGroups"],
  rules: ["ec2:DescribeSecurityGroupRules"],
  "prefix-lists": ["ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries"],
  "network-acls": ["ec2:DescribeNetworkAcls"],
  "instance-names": ["ec2:DescribeTags"],
};

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: "*";
  readonly Condition?: { readonly StringEquals: { readonly "ec2:Region": readonly string[] } };
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyOptions {
  /** Narrows the policy to these regions. */
  readonly regions?: readonly string[];
  /** The parts that may be read; all if absent. */
  readonly parts?: readonly InventoryPart[];
}

/**
 * The smallest IAM policy with which an inventory is complete. Every action is named. Their resource is `*`: Describe actions know no
 * other (Service authorization reference, "Amazon EC2"), and the prefix lists to be read belong to AWS and other accounts as well.
 */
export function inventoryPolicy({ regions = [], parts }: PolicyOptions = {}): PolicyDocument {
  const actions = Object.entries(INVENTORY_ACTIONS)
    .filter(([part]) => parts === undefined || (parts as readonly string[]).includes(part))
    .flatMap(([, named]) => named);
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TributaryInventory",
        Effect: "Allow",
        Action: [...actions].sort(),
        Resource: "*",
        ...(regions.length === 0 ? {} : { Condition: { StringEquals: { "ec2:Region": regions } } }),
      },
    ],
  };
}
