import type {
  ManagedPrefixList,
  NetworkAcl,
  NetworkInterface,
  PrefixListEntry,
  SecurityGroup,
  SecurityGroupRule,
  TagDescription,
} from "@aws-sdk/client-ec2";

/** One answer of EC2. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Calls that it took, repetitions included. */
  readonly calls: number;
}

/** What EC2 says of the network of one account and region, page by page. */
export interface DescriptionPages {
  /** All interfaces, or, of those named, the ones that exist: at most `MAX_FILTER_VALUES`. */
  networkInterfaces(ids?: readonly string[]): AsyncIterable<Page<NetworkInterface>>;
  securityGroups(): AsyncIterable<Page<SecurityGroup>>;
  securityGroupRules(): AsyncIterable<Page<SecurityGroupRule>>;
  /** Of those named, the ones that exist: at most `MAX_FILTER_VALUES`. */
  managedPrefixLists(ids: readonly string[]): AsyncIterable<Page<ManagedPrefixList>>;
  prefixListEntries(id: string): AsyncIterable<Page<PrefixListEntry>>;
  networkAcls(): AsyncIterable<Page<NetworkAcl>>;
  /** The tags `Name` of instances. */
  instanceNames(): AsyncIterable<Page<TagDescription>>;
}

/** EC2 takes this many values for one filter (EC2 API reference, "Filtering"). */
export const MAX_FILTER_VALUES = 200;
