import { INVENTORY_PARTS } from "@tributary/context";
import { INVENTORY_ACTIONS, inventoryPolicy } from "@tributary/context/ec2";
import { describe, expect, it } from "vitest";

describe("the policy of the inventory", () => {
  it("allows reading, action by action, and nothing else", () => {
    const actions = inventoryPolicy().Statement.flatMap(({ Action }) => Action);
    expect(actions).toEqual([
      "ec2:DescribeManagedPrefixLists",
      "ec2:DescribeNetworkAcls",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSecurityGroupRules",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeTags",
      "ec2:GetManagedPrefixListEntries",
    ]);
  });

  it("covers every part", () => {
    expect(Object.keys(INVENTORY_ACTIONS).sort()).toEqual([...INVENTORY_PARTS].sort());
  });

  it("can be narrowed to regions and parts", () => {
    expect(inventoryPolicy({ regions: ["eu-west-1"], parts: ["interfaces"] })).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "TributaryInventory",
          Effect: "Allow",
          Action: ["ec2:DescribeNetworkInterfaces"],
          Resource: "*",
          Condition: { StringEquals: { "ec2:Region": ["eu-west-1"] } },
        },
      ],
    });
  });
});
