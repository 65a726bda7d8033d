import {
  ANY_PROTOCOL,
  type AwsAccount,
  ICMP,
  type NetworkInterface,
  type RulePeer,
  type SecurityGroup,
  type SecurityGroupRule,
  TCP,
  UDP,
} from "./estate.js";

/** What `aws ec2 describe-…` prints of an account of the estate, one function per command. */

/** `describe-network-interfaces`. Those that are gone are in no list. */
export function networkInterfaces(account: AwsAccount): unknown {
  return { NetworkInterfaces: present(account).map((each) => networkInterface(account, each)) };
}

const present = (account: AwsAccount): readonly NetworkInterface[] => account.interfaces.filter((each) => !each.gone);

function networkInterface(account: AwsAccount, on: NetworkInterface): unknown {
  const association = on.publicAddress === undefined ? {} : { Association: associationOf(account, on) };
  return {
    ...association,
    Attachment: attachment(account, on),
    AvailabilityZone: `${account.region}${on.subnet.zone.endsWith("2") ? "a" : "b"}`,
    Description: on.description,
    Groups: on.groups.map((id) => ({ GroupName: groupName(account, id), GroupId: id })),
    InterfaceType: on.interfaceType,
    Ipv6Addresses: on.ipv6Address === undefined ? [] : [{ Ipv6Address: on.ipv6Address, IsPrimaryIpv6: false }],
    NetworkInterfaceId: on.id,
    OwnerId: account.id,
    PrivateIpAddress: on.address,
    PrivateIpAddresses: [{ ...association, Primary: true, PrivateIpAddress: on.address }],
    RequesterManaged: on.instanceId === undefined,
    SourceDestCheck: on.interfaceType === "interface",
    Status: "in-use",
    SubnetId: on.subnet.id,
    // Servers are named by their instances, which is how most people name them.
    TagSet: on.instanceId === undefined ? [tag("Name", on.name)] : [],
    VpcId: account.vpc.id,
  };
}

const associationOf = (account: AwsAccount, on: NetworkInterface): unknown => ({
  AssociationId: on.id.replace("eni-", "eipassoc-"),
  AllocationId: on.id.replace("eni-", "eipalloc-"),
  IpOwnerId: account.id,
  PublicDnsName: "",
  PublicIp: on.publicAddress,
});

function attachment(account: AwsAccount, on: NetworkInterface): unknown {
  const common = {
    AttachmentId: on.id.replace("eni-", "eni-attach-"),
    DeleteOnTermination: on.instanceId !== undefined,
    DeviceIndex: on.instanceId === undefined ? 1 : 0,
    NetworkCardIndex: 0,
    Status: "attached",
  };
  return on.instanceId === undefined
    ? { ...common, InstanceOwnerId: on.interfaceType === "nat_gateway" ? "amazon-aws" : "amazon-elb" }
    : { ...common, InstanceId: on.instanceId, InstanceOwnerId: account.id };
}

/** `describe-instances`: the names of servers are their instances' tags. */
export function instances(account: AwsAccount): unknown {
  return {
    Reservations: present(account).flatMap((on) =>
      on.instanceId === undefined
        ? []
        : [
            {
              ReservationId: on.instanceId.replace("i-", "r-"),
              OwnerId: account.id,
              Groups: [],
              Instances: [
                {
                  InstanceId: on.instanceId,
                  PrivateIpAddress: on.address,
                  State: { Code: 16, Name: "running" },
                  SubnetId: on.subnet.id,
                  Tags: [tag("Name", on.name)],
                  VpcId: account.vpc.id,
                },
              ],
            },
          ],
    ),
  };
}

/** `describe-security-groups`. */
export function securityGroups(account: AwsAccount): unknown {
  return {
    SecurityGroups: account.groups.map((group) => ({
      GroupId: group.id,
      IpPermissionsEgress: permissions(account, group, "egress"),
      Tags: [],
      VpcId: account.vpc.id,
      SecurityGroupArn: arn(account, "security-group", group.id),
      OwnerId: account.id,
      GroupName: group.name,
      Description: group.description,
      IpPermissions: permissions(account, group, "ingress"),
    })),
  };
}

/** Rules as they are listed with their group: those of equal protocol and ports together, without ids. */
function permissions(account: AwsAccount, group: SecurityGroup, direction: SecurityGroupRule["direction"]): unknown {
  const byPorts = new Map<string, SecurityGroupRule[]>();
  for (const rule of group.rules.filter((each) => each.direction === direction)) {
    const key = `${rule.protocol} ${rule.ports}`;
    byPorts.set(key, [...(byPorts.get(key) ?? []), rule]);
  }
  return [...byPorts.values()].map((rules) => ({ ...protocolAndPorts(rules), ...otherEnds(account, rules) }));
}

function protocolAndPorts([first]: readonly SecurityGroupRule[]): object {
  if (first === undefined || first.protocol === ANY_PROTOCOL) return { IpProtocol: String(ANY_PROTOCOL) };
  return { IpProtocol: protocolName(first.protocol), ...portRange(first) };
}

function otherEnds(account: AwsAccount, rules: readonly SecurityGroupRule[]): object {
  return {
    UserIdGroupPairs: rules.flatMap(({ peer, description }) =>
      "group" in peer ? [{ Description: description, UserId: account.id, GroupId: peer.group }] : [],
    ),
    IpRanges: rules.flatMap(({ peer, description }) =>
      "cidr" in peer && !isIpv6(peer) ? [{ Description: description, CidrIp: peer.cidr }] : [],
    ),
    Ipv6Ranges: rules.flatMap(({ peer, description }) =>
      "cidr" in peer && isIpv6(peer) ? [{ Description: description, CidrIpv6: peer.cidr }] : [],
    ),
    PrefixListIds: rules.flatMap(({ peer, description }) =>
      "prefixList" in peer ? [{ Description: description, PrefixListId: peer.prefixList }] : [],
    ),
  };
}

/** `describe-security-group-rules`. */
export function securityGroupRules(account: AwsAccount): unknown {
  return {
    SecurityGroupRules: account.groups.flatMap((group) =>
      group.rules.map((rule) => ({
        SecurityGroupRuleId: rule.id,
        GroupId: group.id,
        GroupOwnerId: account.id,
        IsEgress: rule.direction === "egress",
        IpProtocol: protocolName(rule.protocol),
        ...portRange(rule),
        ...otherEnd(account, rule.peer),
        Description: rule.description,
        Tags: [],
        SecurityGroupRuleArn: arn(account, "security-group-rule", rule.id),
      })),
    ),
  };
}

function otherEnd(account: AwsAccount, peer: RulePeer): object {
  if ("group" in peer) return { ReferencedGroupInfo: { GroupId: peer.group, UserId: account.id } };
  if ("prefixList" in peer) return { PrefixListId: peer.prefixList };
  return isIpv6(peer) ? { CidrIpv6: peer.cidr } : { CidrIpv4: peer.cidr };
}

const portRange = ({ ports }: SecurityGroupRule): object => ({ FromPort: ports?.[0] ?? -1, ToPort: ports?.[1] ?? -1 });

/** The prefix lists that rules name, each once: id and CIDRs. */
export function prefixListsOf(account: AwsAccount): ReadonlyMap<string, readonly string[]> {
  const peers = account.groups.flatMap((group) => group.rules.map((rule) => rule.peer));
  return new Map(peers.flatMap((peer) => ("prefixList" in peer ? [[peer.prefixList, peer.cidrs] as const] : [])));
}

/** `describe-managed-prefix-lists`. */
export function managedPrefixLists(account: AwsAccount): unknown {
  return {
    PrefixLists: [...prefixListsOf(account).keys()].map((id) => ({
      PrefixListId: id,
      AddressFamily: "IPv4",
      PrefixListArn: `arn:aws:ec2:${account.region}:aws:prefix-list/${id}`,
      PrefixListName: `com.amazonaws.${account.region}.s3`,
      OwnerId: "AWS",
    })),
  };
}

/** `get-managed-prefix-list-entries` of one list. */
export function prefixListEntries(cidrs: readonly string[]): unknown {
  return { Entries: cidrs.map((cidr) => ({ Cidr: cidr })) };
}

const isIpv6 = ({ cidr }: { readonly cidr: string }): boolean => cidr.includes(":");

const tag = (key: string, value: string): unknown => ({ Key: key, Value: value });

const arn = (account: AwsAccount, kind: string, id: string): string =>
  `arn:aws:ec2:${account.region}:${account.id}:${kind}/${id}`;

const groupName = (account: AwsAccount, id: string): string =>
  account.groups.find((group) => group.id === id)?.name ?? id;

const PROTOCOL_NAMES: Readonly<Record<number, string>> = { [ICMP]: "icmp", [TCP]: "tcp", [UDP]: "udp" };

/** As the API names it: only these three have names. */
const protocolName = (protocol: number): string => PROTOCOL_NAMES[protocol] ?? String(protocol);
