import {
  ANY_PROTOCOL,
  ANYWHERE,
  ANYWHERE_IPV6,
  type AwsAccount,
  ICMP,
  type NetworkAcl,
  type NetworkInterface,
  type Subnet,
  securityGroup,
  TCP,
  UDP,
} from "./estate.js";
import { BLOCKED_CIDR, OFFICE_CIDR, S3_CIDR } from "./internet.js";

const VPC_CIDR = "10.20.0.0/16";
const S3 = { prefixList: "pl-0a11b22c33d44e550", cidrs: [S3_CIDR] } as const;

const WEB = "sg-0a11b22c33d44e001";
const BALANCER = "sg-0a11b22c33d44e002";
const APP = "sg-0a11b22c33d44e003";
const DATABASE = "sg-0a11b22c33d44e004";
const BASTION = "sg-0a11b22c33d44e005";
const BASE = "sg-0a11b22c33d44e006";

/** The shop: web servers with public addresses, an internal load balancer, application servers, a database. */
const groups = [
  securityGroup(
    WEB,
    "web",
    "Public web servers",
    [
      [TCP, 443, ANYWHERE, "HTTPS from everywhere"],
      [TCP, 443, ANYWHERE_IPV6, "HTTPS from everywhere, IPv6"],
      [TCP, 80, ANYWHERE, "HTTP, redirected to HTTPS"],
      [TCP, 22, { group: BASTION }, "SSH from the bastion"],
      [ICMP, undefined, { cidr: OFFICE_CIDR }, "Ping from the office"],
      // Never used: the query for rules without matches has something to find.
      [TCP, 8443, { cidr: OFFICE_CIDR }, "Old admin console"],
    ],
    [
      [ANY_PROTOCOL, undefined, ANYWHERE, "All"],
      [ANY_PROTOCOL, undefined, ANYWHERE_IPV6, "All, IPv6"],
    ],
  ),
  securityGroup(
    BALANCER,
    "internal-load-balancer",
    "Load balancer in front of the application servers",
    [[TCP, 80, { group: WEB }, "HTTP from the web servers"]],
    [[TCP, 8080, { group: APP }, "HTTP and health checks to the application servers"]],
  ),
  securityGroup(
    APP,
    "application",
    "Application servers",
    [
      [TCP, 8080, { group: BALANCER }, "HTTP from the load balancer"],
      [TCP, 22, { group: BASTION }, "SSH from the bastion"],
      // Never used.
      [TCP, 9100, { cidr: VPC_CIDR }, "Metrics"],
    ],
    [[ANY_PROTOCOL, undefined, ANYWHERE, "All"]],
  ),
  securityGroup(
    DATABASE,
    "database",
    "PostgreSQL",
    [
      [TCP, 5432, { group: APP }, "PostgreSQL from the application servers"],
      [TCP, 5432, { group: DATABASE }, "Replication"],
      // Wider than its use: the network ACL of the data subnet lets only the application subnets through.
      [TCP, 5432, { cidr: VPC_CIDR }, "PostgreSQL from the whole VPC"],
    ],
    [
      [TCP, 443, S3, "Backups to S3"],
      [TCP, 5432, { group: DATABASE }, "Replication"],
    ],
  ),
  securityGroup(
    BASTION,
    "bastion",
    "Way in for administrators",
    [
      [TCP, 22, { cidr: OFFICE_CIDR }, "SSH from the office"],
      // Never used.
      [TCP, 3389, { cidr: OFFICE_CIDR }, "RDP from the office"],
    ],
    [[TCP, 22, { cidr: VPC_CIDR }, "SSH into the VPC"]],
  ),
  securityGroup(
    BASE,
    "base",
    "Every server",
    [[ICMP, undefined, { cidr: VPC_CIDR }, "Ping inside the VPC"]],
    [
      [UDP, 53, ANYWHERE, "DNS"],
      [UDP, 123, ANYWHERE, "NTP"],
    ],
  ),
];

const open = (number: number, direction: "ingress" | "egress", cidr = "0.0.0.0/0") =>
  ({ number, direction, protocol: ANY_PROTOCOL, cidr, action: "allow" }) as const;

const networkAcls: readonly NetworkAcl[] = [
  {
    id: "acl-0a11b22c33d44e101",
    name: "public",
    entries: [
      { number: 90, direction: "ingress", protocol: ANY_PROTOCOL, cidr: BLOCKED_CIDR, action: "deny" },
      open(100, "ingress"),
      open(101, "ingress", "::/0"),
      open(100, "egress"),
      open(101, "egress", "::/0"),
    ],
  },
  { id: "acl-0a11b22c33d44e102", name: "application", entries: [open(100, "ingress"), open(100, "egress")] },
  {
    id: "acl-0a11b22c33d44e103",
    name: "data",
    entries: [
      { number: 100, direction: "ingress", protocol: TCP, ports: [5432, 5432], cidr: "10.20.10.0/23", action: "allow" },
      { number: 110, direction: "ingress", protocol: TCP, ports: [32768, 65535], cidr: "0.0.0.0/0", action: "allow" },
      { number: 120, direction: "ingress", protocol: UDP, ports: [32768, 65535], cidr: "0.0.0.0/0", action: "allow" },
      open(100, "egress"),
    ],
  },
];

const subnet = (index: number, name: string, cidr: string, zone: string, acl: string, isPublic: boolean): Subnet => ({
  id: `subnet-0a11b22c33d44e20${index}`,
  name,
  cidr,
  zone,
  networkAcl: acl,
  public: isPublic,
});

const publicA = subnet(1, "public-a", "10.20.0.0/24", "euc1-az2", "acl-0a11b22c33d44e101", true);
const publicB = subnet(2, "public-b", "10.20.1.0/24", "euc1-az3", "acl-0a11b22c33d44e101", true);
const appA = subnet(3, "application-a", "10.20.10.0/24", "euc1-az2", "acl-0a11b22c33d44e102", false);
const appB = subnet(4, "application-b", "10.20.11.0/24", "euc1-az3", "acl-0a11b22c33d44e102", false);
const dataA = subnet(5, "data-a", "10.20.20.0/24", "euc1-az2", "acl-0a11b22c33d44e103", false);

const server = (index: number, name: string, at: Subnet, host: number, groupIds: readonly string[]) => ({
  id: `eni-0a11b22c33d44e3${index.toString(16).padStart(2, "0")}`,
  name,
  description: "Primary network interface",
  address: at.cidr.replace("0/24", `${host}`),
  subnet: at,
  groups: groupIds,
  instanceId: `i-0a11b22c33d44e4${index.toString(16).padStart(2, "0")}`,
  interfaceType: "interface" as const,
  gone: false,
});

const managed = (index: number, name: string, description: string, at: Subnet, host: number) => {
  const { instanceId: _, ...rest } = server(index, name, at, host, []);
  return { ...rest, description };
};

const interfaces: readonly NetworkInterface[] = [
  { ...server(1, "web-1", publicA, 11, [WEB, BASE]), publicAddress: "203.0.113.141", ipv6Address: "2001:db8:20::11" },
  { ...server(2, "web-2", publicB, 12, [WEB, BASE]), publicAddress: "203.0.113.142", ipv6Address: "2001:db8:20:1::12" },
  { ...server(3, "web-3", publicA, 13, [WEB, BASE]), publicAddress: "203.0.113.143", ipv6Address: "2001:db8:20::13" },
  server(4, "app-1", appA, 21, [APP, BASE]),
  server(5, "app-2", appB, 22, [APP, BASE]),
  server(6, "app-3", appA, 23, [APP, BASE]),
  server(7, "db-1", dataA, 31, [DATABASE, BASE]),
  server(8, "db-2", dataA, 32, [DATABASE, BASE]),
  { ...server(9, "bastion", publicA, 40, [BASTION]), publicAddress: "203.0.113.144" },
  {
    ...managed(10, "nat", "Interface for NAT Gateway nat-0a11b22c33d44e501", publicA, 220),
    publicAddress: "203.0.113.145",
    interfaceType: "nat_gateway",
  },
  { ...managed(11, "balancer-a", "ELB app/internal/0a11b22c33d44e50", appA, 5), groups: [BALANCER] },
  { ...managed(12, "balancer-b", "ELB app/internal/0a11b22c33d44e50", appB, 5), groups: [BALANCER] },
  server(13, "spare", appB, 99, [APP, BASE]),
  {
    ...managed(14, "report-function", "AWS Lambda VPC ENI-report", appB, 77),
    groups: [APP],
    interfaceType: "lambda",
    gone: true,
  },
];

export const production: AwsAccount = {
  id: "111122223333",
  name: "production",
  region: "eu-central-1",
  vpc: { id: "vpc-0a11b22c33d44e000", name: "shop", cidr: VPC_CIDR, ipv6Cidr: "2001:db8:20::/56" },
  flowLogId: "fl-0a11b22c33d44e600",
  format: "v5",
  aggregation: 60,
  subnets: [publicA, publicB, appA, appB, dataA],
  networkAcls,
  groups,
  interfaces,
};
