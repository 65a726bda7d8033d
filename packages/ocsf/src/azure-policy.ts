import { type AzureFlowGroup, type AzureRecordHeader, parseArmId } from "@tributary/flow";
import { fieldsOf, flat } from "./json-text.js";
import { networkActivity } from "./network-activity.js";

/** The rule that Azure names, and the policy that holds it. Ids only where the log gives an ARM id. */
interface NamedRule {
  readonly rule?: { readonly name: string; readonly uid?: string; readonly type: string };
  readonly policy?: { readonly name: string; readonly uid: string };
}

const UNSPECIFIED = "unspecified";

/** Rule names of the log carry where the rule comes from; ARM ids do not. */
const RULE_FOLDERS: readonly (readonly [prefix: string, folder: string])[] = [
  ["DefaultRule_", "defaultSecurityRules"],
  ["UserRule_", "securityRules"],
];

function namedRule(header: AzureRecordHeader, group: AzureFlowGroup): NamedRule {
  const { rule: name } = group;
  // A flow denied for lack of encryption met no rule: rule and ACL are both `unspecified`.
  if (name === UNSPECIFIED || name === "") return {};
  const aclId = group.aclId ?? header.resourceId;
  const acl = aclId === undefined ? undefined : parseArmId(aclId);
  if (aclId === undefined || acl === undefined) return { rule: { name, type: ruleType(name) } };
  switch (acl.type) {
    case "networksecuritygroups": {
      const [prefix, folder] = RULE_FOLDERS.find(([known]) => name.startsWith(known)) ?? ["", undefined];
      const uid = folder === undefined ? undefined : `${aclId}/${folder}/${name.slice(prefix.length)}`;
      return {
        rule: { name, type: "Azure NSG Rule", ...(uid === undefined ? {} : { uid }) },
        policy: { name: acl.name, uid: aclId },
      };
    }
    case "networksecuritygroups/securityrules":
    case "networksecuritygroups/defaultsecurityrules": {
      const policy = acl.parentId === undefined ? undefined : parseArmId(acl.parentId);
      return {
        rule: { name, uid: aclId, type: "Azure NSG Rule" },
        ...(policy === undefined || acl.parentId === undefined
          ? {}
          : { policy: { name: policy.name, uid: acl.parentId } }),
      };
    }
    default:
      return { rule: { name, uid: aclId, type: "Azure Security Admin Rule" }, policy: { name: acl.name, uid: aclId } };
  }
}

function ruleType(name: string): string {
  return name === "PlatformRule" ? "Azure Platform Rule" : "Azure NSG Rule";
}

/** The `authorizations` and `firewall_rule` fields of a group's flows, for one decision and direction. */
export function policyFields(
  header: AzureRecordHeader,
  group: AzureFlowGroup,
  allowed: boolean,
  inbound: boolean,
): { readonly authorizations: string; readonly firewallRule: string } {
  const { rule, policy } = namedRule(header, group);
  const root = networkActivity.attributes;
  return {
    authorizations:
      policy === undefined
        ? ""
        : flat(fieldsOf(root, { authorizations: [{ decision: allowed ? "Allowed" : "Denied", policy }] })),
    firewallRule:
      rule === undefined
        ? ""
        : flat(fieldsOf(root, { firewall_rule: { ...rule, category: inbound ? "inbound" : "outbound" } })),
  };
}
