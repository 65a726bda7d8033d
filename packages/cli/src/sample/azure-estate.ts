import { OFFICE_CIDR } from "./internet.js";

/** A rule of a network security group; its name is what the flow log names. */
export interface NsgRule {
  /** As flow logs print it: `UserRule_` or `DefaultRule_` before the rule's own name. */
  readonly logged: string;
  readonly direction: "Inbound" | "Outbound";
  readonly priority: number;
  readonly access: "Allow" | "Deny";
  readonly source: string;
  readonly destination: string;
  readonly ports: string;
}

export interface NetworkSecurityGroup {
  readonly name: string;
  readonly rules: readonly NsgRule[];
}

/** A network interface of a virtual machine; `mac` as flow logs print it. */
export interface AzureNic {
  readonly name: string;
  readonly mac: string;
  readonly address: string;
  readonly nsg: NetworkSecurityGroup;
  /** Share of the VNet's tuples that this NIC logs. */
  readonly share: number;
}

/** The placeholder subscription of Microsoft's documentation. */
export const SUBSCRIPTION = "bbbb1b1b-cc2c-dd3d-ee4e-ffffff5f5f5f";
export const AZURE_REGION = "westeurope";
export const RESOURCE_GROUP = "orders-rg";
export const VNET = "orders-vnet";
export const FLOW_LOG = "orders-vnet-flowlog";
export const FLOW_LOG_GUID = "dddddddd-3333-4444-5555-eeeeeeeeeeee";
/** The address at which Azure's own DNS and health probes appear in every virtual network. */
export const PLATFORM_ADDRESS = "168.63.129.16";
/** What flow logs print instead of a network security group when the platform itself decided. */
export const PLATFORM_ACL = "00000000-0000-0000-0000-000000000000";

const VNET_CIDR = "10.40.0.0/16";

const rule = (
  logged: string,
  direction: "Inbound" | "Outbound",
  priority: number,
  access: "Allow" | "Deny",
  source: string,
  destination: string,
  ports: string,
): NsgRule => ({ logged, direction, priority, access, source, destination, ports });

/** The rules that every network security group has, in the order Azure applies them. */
const defaults: readonly NsgRule[] = [
  rule("DefaultRule_AllowVnetInBound", "Inbound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork", "*"),
  rule("DefaultRule_AllowAzureLoadBalancerInBound", "Inbound", 65001, "Allow", "AzureLoadBalancer", "*", "*"),
  rule("DefaultRule_DenyAllInBound", "Inbound", 65500, "Deny", "*", "*", "*"),
  rule("DefaultRule_AllowVnetOutBound", "Outbound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork", "*"),
  rule("DefaultRule_AllowInternetOutBound", "Outbound", 65001, "Allow", "*", "Internet", "*"),
  rule("DefaultRule_DenyAllOutBound", "Outbound", 65500, "Deny", "*", "*", "*"),
];

const webNsg: NetworkSecurityGroup = {
  name: "web-nsg",
  rules: [
    rule("UserRule_AllowHttpsInBound", "Inbound", 100, "Allow", "Internet", "10.40.1.4", "443"),
    rule("UserRule_AllowSshFromOffice", "Inbound", 110, "Allow", OFFICE_CIDR, "10.40.1.4", "22"),
    ...defaults,
  ],
};

const apiNsg: NetworkSecurityGroup = {
  name: "api-nsg",
  rules: [
    rule("UserRule_AllowApiFromWeb", "Inbound", 100, "Allow", "10.40.1.4", "10.40.1.5", "8080"),
    rule("UserRule_DenyVnetInBound", "Inbound", 4000, "Deny", VNET_CIDR, "*", "*"),
    ...defaults,
  ],
};

const sqlNsg: NetworkSecurityGroup = {
  name: "sql-nsg",
  rules: [
    rule("UserRule_AllowSqlFromApi", "Inbound", 100, "Allow", "10.40.1.5", "10.40.2.4", "1433"),
    rule("UserRule_DenyVnetInBound", "Inbound", 4000, "Deny", VNET_CIDR, "*", "*"),
    rule("UserRule_DenyInternetOutBound", "Outbound", 4000, "Deny", "*", "Internet", "*"),
    ...defaults,
  ],
};

const legacyNsg: NetworkSecurityGroup = {
  name: "legacy-nsg",
  rules: [rule("UserRule_AllowHttpsInBound", "Inbound", 100, "Allow", "Internet", "10.41.0.4", "443"), ...defaults],
};

export const webNic: AzureNic = { name: "web-vm", mac: "002248A40104", address: "10.40.1.4", nsg: webNsg, share: 0.5 };
export const apiNic: AzureNic = { name: "api-vm", mac: "002248A40105", address: "10.40.1.5", nsg: apiNsg, share: 0.3 };
export const sqlNic: AzureNic = { name: "sql-vm", mac: "002248A40204", address: "10.40.2.4", nsg: sqlNsg, share: 0.2 };
/** Logged by the VNet flow log. */
export const azureNics: readonly AzureNic[] = [webNic, apiNic, sqlNic];
/** In another virtual network, logged the old way by its network security group. */
export const legacyNic: AzureNic = {
  name: "legacy-vm",
  mac: "000D3A410004",
  address: "10.41.0.4",
  nsg: legacyNsg,
  share: 1,
};
