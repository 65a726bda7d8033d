import { answer, type Ec2Call, type Ec2Reply, filterValues, page, type XmlValue } from "./scripted-ec2.js";

/** A small network as EC2 describes it, in the names of its XML. */
export interface Ec2Network {
  readonly interfaces?: readonly string[];
  readonly groups?: readonly string[];
  /** Rules of the first group that let a prefix list in. */
  readonly prefixLists?: readonly string[];
}

/** What each action answers, `size` items at a time. */
export function describeNetwork(network: Ec2Network, call: Ec2Call, size = 1000): Ec2Reply {
  const { interfaces = [], groups = ["sg-0000000000000001"], prefixLists = [] } = network;
  const [group = "sg-0000000000000001"] = groups;
  switch (call.action) {
    case "DescribeNetworkInterfaces": {
      const wanted = filterValues(call, "network-interface-id");
      const ids = wanted === undefined ? interfaces : interfaces.filter((id) => wanted.includes(id));
      return page(
        call,
        "networkInterfaceSet",
        ids.map((id) => interfaceXml(id, group)),
        size,
      );
    }
    case "DescribeSecurityGroups":
      return page(
        call,
        "securityGroupInfo",
        groups.map((id) => groupXml(id, id === group ? prefixLists : [])),
        size,
      );
    case "DescribeSecurityGroupRules":
      return page(
        call,
        "securityGroupRuleSet",
        [
          ...groups.map((id, index) =>
            ruleXml(`sgr-${String(index).padStart(17, "0")}`, id, { cidrIpv4: "192.0.2.0/24" }),
          ),
          ...prefixLists.map((id, index) =>
            ruleXml(`sgr-1${String(index).padStart(16, "0")}`, group, { prefixListId: id }),
          ),
        ],
        size,
      );
    case "DescribeManagedPrefixLists": {
      const wanted = filterValues(call, "prefix-list-id") ?? [];
      return page(
        call,
        "prefixListSet",
        prefixLists
          .filter((id) => wanted.includes(id))
          .map((id) => ({ prefixListId: id, prefixListName: `list ${id}` })),
        size,
      );
    }
    case "GetManagedPrefixListEntries":
      return page(call, "entrySet", [{ cidr: "198.51.100.0/24" }, { cidr: "203.0.113.0/24" }], size);
    case "DescribeNetworkAcls":
      return page(call, "networkAclSet", [ACL], size);
    case "DescribeTags":
      return page(call, "tagSet", [INSTANCE_NAME], size);
    default:
      return answer();
  }
}

export const interfaceIds = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `eni-${index.toString(16).padStart(17, "0")}`);

function interfaceXml(id: string, groupId: string): XmlValue {
  return {
    networkInterfaceId: id,
    ownerId: "123456789012",
    vpcId: "vpc-0000000000000001",
    subnetId: "subnet-0000000000000001",
    availabilityZone: "eu-west-1a",
    privateIpAddress: "10.0.0.5",
    interfaceType: "interface",
    groupSet: [{ groupId }],
    attachment: { instanceId: "i-0000000000000001" },
    tagSet: [{ key: "team", value: "blue" }],
  };
}

function groupXml(groupId: string, prefixLists: readonly string[]): XmlValue {
  const prefixListIds = prefixLists.map((prefixListId) => ({ prefixListId }));
  return {
    groupId,
    ownerId: "123456789012",
    groupName: "web",
    groupDescription: "web servers",
    vpcId: "vpc-0000000000000001",
    ipPermissions: [
      { ipProtocol: "tcp", fromPort: 443, toPort: 443, ipRanges: [{ cidrIp: "192.0.2.0/24" }], prefixListIds },
    ],
    ipPermissionsEgress: [],
  };
}

function ruleXml(id: string, groupId: string, peer: { readonly [name: string]: XmlValue }): XmlValue {
  return {
    securityGroupRuleId: id,
    groupId,
    groupOwnerId: "123456789012",
    isEgress: false,
    ipProtocol: "tcp",
    fromPort: 443,
    toPort: 443,
    ...peer,
  };
}

const ACL: XmlValue = {
  networkAclId: "acl-0000000000000001",
  ownerId: "123456789012",
  vpcId: "vpc-0000000000000001",
  associationSet: [{ subnetId: "subnet-0000000000000001" }],
  entrySet: [{ ruleNumber: 100, protocol: "-1", ruleAction: "allow", egress: false, cidrBlock: "0.0.0.0/0" }],
};

const INSTANCE_NAME: XmlValue = {
  resourceId: "i-0000000000000001",
  resourceType: "instance",
  key: "Name",
  value: "web-1",
};
