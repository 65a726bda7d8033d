import {
  ANY_PROTOCOL,
  ANYWHERE,
  type AwsAccount,
  ICMP,
  type NetworkAcl,
  type NetworkInterface,
  type Subnet,
  securityGroup,
  TCP,
} from "./estate.js";
import { S3_CIDR } from "./internet.js";
import { production } from "./production-account.js";

const VPC_CIDR = "10.30.0.0/16";
const S3 = { prefixList: "pl-0b44c55d66e77f880", cidrs: [S3_CIDR] } as const;

const WORKER = "sg-0b44c55d66e77f001";
const QUEUE = "sg-0b44c55d66e77f002";
const REPORT = "sg-0b44c55d66e77f003";
const WINDOWS = "sg-0b44c55d66e77f004";

/** Batch work behind the shop, peered with its VPC, and one Windows host that nobody looks after. */
const groups = [
  securityGroup(
    WORKER,
    "worker",
    "Batch workers",
    // Never used.
    [[TCP, 8443, { cidr: VPC_CIDR }, "Debug console"]],
    [
      [TCP, 443, S3, "S3"],
      [TCP, 443, ANYWHERE, "HTTPS"],
      [TCP, 5671, { group: QUEUE }, "Queue"],
      [TCP, 5432, { group: REPORT }, "Reports"],
    ],
  ),
  securityGroup(QUEUE, "queue", "Message queue", [[TCP, 5671, { group: WORKER }, "AMQP over TLS"]], []),
  securityGroup(
    REPORT,
    "report-database",
    "Reports",
    [
      [TCP, 5432, { group: WORKER }, "PostgreSQL from the workers"],
      // Wider than its use: only the application servers ask.
      [TCP, 5432, { cidr: production.vpc.cidr }, "PostgreSQL from the shop"],
      // Never used.
      [TCP, [1433, 1434], { cidr: "10.0.0.0/8" }, "SQL Server, before the move to PostgreSQL"],
    ],
    [],
  ),
  securityGroup(
    WINDOWS,
    "windows",
    "Jump host",
    [
      [TCP, 3389, ANYWHERE, "RDP from everywhere"],
      [ICMP, undefined, ANYWHERE, "Ping"],
    ],
    [[ANY_PROTOCOL, undefined, ANYWHERE, "All"]],
  ),
];

const open = (number: number, direction: "ingress" | "egress") =>
  ({ number, direction, protocol: ANY_PROTOCOL, cidr: "0.0.0.0/0", action: "allow" }) as const;

const networkAcls: readonly NetworkAcl[] = [
  {
    id: "acl-0b44c55d66e77f101",
    name: "public",
    entries: [
      open(100, "ingress"),
      // Network ACLs keep no state: pings come in by the security group and their answers stop here.
      { number: 90, direction: "egress", protocol: ICMP, cidr: "0.0.0.0/0", action: "deny" },
      open(100, "egress"),
    ],
  },
  { id: "acl-0b44c55d66e77f102", name: "private", entries: [open(100, "ingress"), open(100, "egress")] },
];

const subnet = (index: number, name: string, cidr: string, zone: string, acl: string, isPublic: boolean): Subnet => ({
  id: `subnet-0b44c55d66e77f20${index}`,
  name,
  cidr,
  zone,
  networkAcl: acl,
  public: isPublic,
});

const publicA = subnet(1, "public-a", "10.30.0.0/24", "euc1-az1", "acl-0b44c55d66e77f101", true);
const workA = subnet(2, "work-a", "10.30.1.0/24", "euc1-az1", "acl-0b44c55d66e77f102", false);
const dataA = subnet(3, "data-a", "10.30.2.0/24", "euc1-az1", "acl-0b44c55d66e77f102", false);

const server = (index: number, name: string, at: Subnet, host: number, groupIds: readonly string[]) => ({
  id: `eni-0b44c55d66e77f30${index}`,
  name,
  description: "Primary network interface",
  address: at.cidr.replace("0/24", `${host}`),
  subnet: at,
  groups: groupIds,
  instanceId: `i-0b44c55d66e77f40${index}`,
  interfaceType: "interface" as const,
  gone: false,
});

const interfaces: readonly NetworkInterface[] = [
  server(1, "worker-1", workA, 11, [WORKER]),
  server(2, "worker-2", workA, 12, [WORKER]),
  { ...server(3, "worker-3", publicA, 13, [WORKER]), publicAddress: "203.0.113.151" },
  server(4, "queue-1", dataA, 21, [QUEUE]),
  server(5, "report-db", dataA, 31, [REPORT]),
  { ...server(6, "windows-1", publicA, 50, [WINDOWS]), publicAddress: "203.0.113.152" },
  server(7, "spare", workA, 99, [WORKER]),
];

export const batch: AwsAccount = {
  id: "444455556666",
  name: "batch",
  region: "eu-central-1",
  vpc: { id: "vpc-0b44c55d66e77f000", name: "batch", cidr: VPC_CIDR },
  flowLogId: "fl-0b44c55d66e77f600",
  format: "default",
  aggregation: 600,
  subnets: [publicA, workA, dataA],
  networkAcls,
  groups,
  interfaces,
};
