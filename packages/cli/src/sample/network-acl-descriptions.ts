import { ANY_PROTOCOL, type AwsAccount, ICMP, type NetworkAcl, type NetworkAclEntry } from "./estate.js";

/** The order numbers of the entry that denies what no other matched; IPv6 has one of its own. */
const LAST_ENTRY = { ipv4: 32767, ipv6: 32768 } as const;

/** `describe-network-acls`. */
export function networkAcls(account: AwsAccount): unknown {
  return { NetworkAcls: account.networkAcls.map((acl) => networkAcl(account, acl)) };
}

function networkAcl(account: AwsAccount, acl: NetworkAcl): unknown {
  const families = [
    { number: LAST_ENTRY.ipv4, cidr: "0.0.0.0/0" },
    ...(account.vpc.ipv6Cidr === undefined ? [] : [{ number: LAST_ENTRY.ipv6, cidr: "::/0" }]),
  ];
  const last = (["egress", "ingress"] as const).flatMap((direction) =>
    families.map(({ number, cidr }) => ({ number, direction, protocol: ANY_PROTOCOL, cidr, action: "deny" as const })),
  );
  return {
    Associations: account.subnets
      .filter((subnet) => subnet.networkAcl === acl.id)
      .map((subnet) => ({
        NetworkAclAssociationId: subnet.id.replace("subnet-", "aclassoc-"),
        NetworkAclId: acl.id,
        SubnetId: subnet.id,
      })),
    Entries: [...acl.entries, ...last].map(aclEntry),
    IsDefault: false,
    NetworkAclId: acl.id,
    Tags: [{ Key: "Name", Value: acl.name }],
    VpcId: account.vpc.id,
    OwnerId: account.id,
  };
}

function aclEntry(entry: NetworkAclEntry): unknown {
  return {
    ...(entry.cidr.includes(":") ? { Ipv6CidrBlock: entry.cidr } : { CidrBlock: entry.cidr }),
    Egress: entry.direction === "egress",
    ...(entry.protocol === ICMP ? { IcmpTypeCode: { Code: -1, Type: -1 } } : {}),
    ...(entry.ports === undefined ? {} : { PortRange: { From: entry.ports[0], To: entry.ports[1] } }),
    Protocol: String(entry.protocol),
    RuleAction: entry.action,
    RuleNumber: entry.number,
  };
}
