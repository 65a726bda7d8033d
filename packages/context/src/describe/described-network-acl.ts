import type { NetworkAcl, NetworkAclEntry } from "../inventory.js";
import { END_OF_ACL } from "../network-acl.js";
import type { Described } from "./described.js";
import type { DescribedRecord } from "./described-record.js";
import { nameOf, tagsOf } from "./described-tags.js";
import { ipProtocol, isIcmp } from "./ip-protocol.js";
import { optional } from "./optional.js";

/** An element of `NetworkAcls` (EC2 API reference, NetworkAcl). */
export function describedNetworkAcl(json: DescribedRecord, asOf: number): Described<NetworkAcl> {
  const id = json.requiredText("NetworkAclId");
  const record = json.named(id);
  const accountId = record.accountId("OwnerId");
  const vpcId = record.text("VpcId");
  return {
    accountId,
    vpcId,
    region: undefined,
    state: {
      id,
      ...optional("accountId", accountId),
      ...optional("vpcId", vpcId),
      ...optional("name", nameOf(tagsOf(record, "Tags"))),
      subnetIds: record.objects("Associations").map((association) => association.requiredText("SubnetId")),
      entries: record
        .objects("Entries")
        .map(entryOf)
        .filter(({ number }) => number < END_OF_ACL),
      asOf,
    },
  };
}

function entryOf(record: DescribedRecord): NetworkAclEntry {
  const egress = record.flag("Egress");
  if (egress === undefined) record.reject("Egress", "true or false");
  const action = record.requiredText("RuleAction");
  if (action !== "allow" && action !== "deny") record.reject("RuleAction", "allow or deny");
  const protocol = ipProtocol(record, "Protocol");
  const cidr = record.cidr("CidrBlock") ?? record.cidr("Ipv6CidrBlock");
  const number = record.integer("RuleNumber");
  const ports = record.object("PortRange");
  const icmp = isIcmp(protocol) ? record.object("IcmpTypeCode") : undefined;
  return {
    number: number ?? record.reject("RuleNumber", "a number"),
    direction: egress ? "egress" : "ingress",
    protocol,
    ...optional("fromPort", ports?.integer("From")),
    ...optional("toPort", ports?.integer("To")),
    ...optional("icmpType", icmp?.integer("Type")),
    ...optional("icmpCode", icmp?.integer("Code")),
    cidr: cidr ?? record.reject("CidrBlock", "there, nor is Ipv6CidrBlock"),
    action,
  };
}
