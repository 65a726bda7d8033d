import type { SecurityGroup, SecurityGroupRule } from "../inventory.js";
import type { Described } from "./described.js";
import { permissionRules } from "./described-permissions.js";
import type { DescribedRecord } from "./described-record.js";
import { optional } from "./optional.js";
import { regionOfArn } from "./region.js";

/**
 * An element of `SecurityGroups` (EC2 API reference, SecurityGroup) with the rules that describe-security-group-rules listed for it. If it
 * listed none, the group's own permissions tell: a group has no rules, or that list was of other groups.
 */
export function describedGroup(
  json: DescribedRecord,
  asOf: number,
  listed: readonly SecurityGroupRule[] | undefined,
  rulesWereListed: boolean,
): Described<SecurityGroup> {
  const id = json.requiredText("GroupId");
  const record = json.named(id);
  const accountId = record.accountId("OwnerId");
  const vpcId = record.text("VpcId");
  return {
    accountId,
    vpcId,
    region: regionOfArn(record.text("SecurityGroupArn")),
    state: {
      id,
      ...optional("accountId", accountId),
      ...optional("vpcId", vpcId),
      ...optional("name", record.text("GroupName")),
      ...optional("description", record.text("Description")),
      ...optional("rules", listed ?? permissionRules(record, id) ?? (rulesWereListed ? [] : undefined)),
      asOf,
    },
  };
}
