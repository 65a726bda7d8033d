import { randomUUID } from "node:crypto";
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  CreateNetworkAclEntryCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteNetworkInterfaceCommand,
  DescribeNetworkAclsCommand,
} from "@aws-sdk/client-ec2";
import { CreateBucketCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { decodeSnapshot, type InventorySnapshot } from "@tributary/context";
import {
  collectEach,
  collectInventories,
  ec2Client,
  ec2Pages,
  InterfaceLookup,
  type InventoryTarget,
} from "@tributary/context/ec2";
import {
  Collector,
  collectorInvocation,
  encodeRequests,
  S3SnapshotStore,
  S3TableObjects,
  snapshotName,
} from "@tributary/functions";
import { beforeAll, describe, expect, it } from "vitest";

// moto's own account.
const ACCOUNT = "123456789012";
const REGION = "eu-west-1";
const TARGET: InventoryTarget = { accountId: ACCOUNT, region: REGION };
const CREDENTIALS = { accessKeyId: "testing", secretAccessKey: "testing" };
const endpoint = process.env.MOTO_ENDPOINT ?? "";
const CALLS = { endpoint, maxAttempts: 3, requestTimeout: 30_000 };

const ec2 = ec2Client({ region: REGION, credentials: CREDENTIALS, ...CALLS });
const s3 = new S3Client({ region: REGION, credentials: CREDENTIALS, endpoint, forcePathStyle: true });

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("moto left something out");
  return value;
}

/** A VPC with two groups that know each other, a prefix list, a network ACL entry and interfaces. */
async function network() {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.20.0.0/16" }));
  const VpcId = known(Vpc?.VpcId);
  const { Subnet } = await ec2.send(
    new CreateSubnetCommand({ VpcId, CidrBlock: "10.20.1.0/24", AvailabilityZone: `${REGION}a` }),
  );
  const SubnetId = known(Subnet?.SubnetId);
  const group = async (GroupName: string) =>
    known((await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId }))).GroupId);
  const web = await group(`web-${randomUUID()}`);
  const database = await group(`database-${randomUUID()}`);
  const { PrefixList } = await ec2.send(
    new CreateManagedPrefixListCommand({
      PrefixListName: "offices",
      MaxEntries: 5,
      AddressFamily: "IPv4",
      Entries: [{ Cidr: "198.51.100.0/24" }, { Cidr: "203.0.113.0/24", Description: "second" }],
    }),
  );
  const offices = known(PrefixList?.PrefixListId);
  const tcp = (port: number) => ({ IpProtocol: "tcp", FromPort: port, ToPort: port });
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: web,
      IpPermissions: [
        { ...tcp(443), IpRanges: [{ CidrIp: "0.0.0.0/0", Description: "everybody" }] },
        { ...tcp(22), PrefixListIds: [{ PrefixListId: offices }] },
      ],
    }),
  );
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: database,
      IpPermissions: [{ ...tcp(5432), UserIdGroupPairs: [{ GroupId: web }] }],
    }),
  );
  await ec2.send(
    new AuthorizeSecurityGroupEgressCommand({
      GroupId: database,
      IpPermissions: [{ ...tcp(443), Ipv6Ranges: [{ CidrIpv6: "2001:db8::/32" }] }],
    }),
  );
  const { NetworkAcls } = await ec2.send(
    new DescribeNetworkAclsCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] }),
  );
  const acl = known(NetworkAcls?.[0]?.NetworkAclId);
  await ec2.send(
    new CreateNetworkAclEntryCommand({
      NetworkAclId: acl,
      RuleNumber: 90,
      Protocol: "6",
      RuleAction: "deny",
      Egress: false,
      CidrBlock: "192.0.2.0/24",
      PortRange: { From: 22, To: 22 },
    }),
  );
  const addInterface = async (address: string, groupId: string, name?: string) => {
    const tags = [{ Key: "team", Value: "blue" }, ...(name === undefined ? [] : [{ Key: "Name", Value: name }])];
    const { NetworkInterface } = await ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId,
        Groups: [groupId],
        PrivateIpAddress: address,
        Description: "made for a test",
        TagSpecifications: [{ ResourceType: "network-interface", Tags: tags }],
      }),
    );
    return known(NetworkInterface?.NetworkInterfaceId);
  };
  const webInterface = await addInterface("10.20.1.10", web, "web-1");
  const databaseInterface = await addInterface("10.20.1.20", database);
  return { VpcId, SubnetId, web, database, offices, acl, webInterface, databaseInterface, addInterface };
}

let made: Awaited<ReturnType<typeof network>>;
beforeAll(async () => {
  made = await network();
});

const COLLECTION = { client: CALLS, now: Date.now, tags: ["team"] };
const collect = (targets: readonly InventoryTarget[] = [TARGET]) =>
  collectInventories(targets, () => CREDENTIALS, COLLECTION);

const byId = <T extends { readonly id: string }>(all: readonly T[], id: string): T =>
  known(all.find((one) => one.id === id));

describe("an inventory of what moto has", () => {
  let inventory: InventorySnapshot;
  beforeAll(async () => {
    const [collected] = await collect();
    expect(collected?.problems).toEqual([]);
    inventory = known(collected?.inventory);
  });

  it("has every part", () => {
    expect(inventory).toMatchObject({ accountId: ACCOUNT, region: REGION, missing: [] });
  });

  it("has the interfaces with addresses, groups, names and tags", () => {
    expect(byId(inventory.interfaces, made.webInterface)).toMatchObject({
      addresses: ["10.20.1.10"],
      groups: [made.web],
      name: "web-1",
      vpcId: made.VpcId,
      subnetId: made.SubnetId,
      description: "made for a test",
      tags: { team: "blue" },
    });
    expect(byId(inventory.interfaces, made.databaseInterface).groups).toEqual([made.database]);
  });

  it("has the rules with ids, whatever their other end", () => {
    const rules = known(byId(inventory.groups, made.web).rules);
    expect(rules.every(({ id }) => /^sgr-/.test(id))).toBe(true);
    expect(rules.filter(({ direction }) => direction === "ingress")).toMatchObject([
      { protocol: 6, fromPort: 443, toPort: 443, peer: { kind: "cidr", cidr: "0.0.0.0/0" }, description: "everybody" },
      { protocol: 6, fromPort: 22, toPort: 22, peer: { kind: "prefix-list", prefixListId: made.offices } },
    ]);
    expect(byId(inventory.groups, made.database).rules).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          direction: "ingress",
          fromPort: 5432,
          peer: expect.objectContaining({ kind: "group", groupId: made.web }),
        }),
        expect.objectContaining({ direction: "egress", peer: { kind: "cidr", cidr: "2001:db8::/32" } }),
      ]),
    );
  });

  it("has the entries of the prefix lists that rules refer to", () => {
    expect(byId(inventory.prefixLists, made.offices)).toMatchObject({
      name: "offices",
      cidrs: ["198.51.100.0/24", "203.0.113.0/24"],
    });
  });

  it("has the network ACL of the subnet with its entries", () => {
    const acl = byId(inventory.networkAcls, made.acl);
    expect(acl.subnetIds).toContain(made.SubnetId);
    expect(acl.entries).toContainEqual({
      number: 90,
      direction: "ingress",
      protocol: 6,
      fromPort: 22,
      toPort: 22,
      cidr: "192.0.2.0/24",
      action: "deny",
    });
  });

  it("is one for each region", async () => {
    const results = await collect([TARGET, { accountId: ACCOUNT, region: "us-east-1" }]);
    expect(results.map(({ inventory: one }) => one?.region)).toEqual([REGION, "us-east-1"]);
    const [, elsewhere] = results;
    expect(elsewhere?.inventory?.interfaces.map(({ id }) => id)).not.toContain(made.webInterface);
  });

  it("can be asked for single interfaces, some of which do not exist", async () => {
    const lookup = new InterfaceLookup(ec2Pages(ec2), { region: REGION, callsPerMinute: 5, now: Date.now });
    const { found, unknown, calls } = await lookup.find([made.webInterface, "eni-00000000000000001"]);
    expect(found.map(({ NetworkInterfaceId }) => NetworkInterfaceId)).toEqual([made.webInterface]);
    expect(unknown).toEqual(["eni-00000000000000001"]);
    expect(calls).toBe(1);
  });
});

describe("the collector with moto's EC2 and S3", () => {
  async function workshop() {
    const bucket = `inventory-${randomUUID()}`;
    await s3.send(
      new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }),
    );
    const store = new S3SnapshotStore(s3, { bucket, prefix: "inventory" });
    const lookup = new InterfaceLookup(ec2Pages(ec2), { region: REGION, callsPerMinute: 100, now: Date.now });
    const log: { calls?: number; targets?: readonly object[] }[] = [];
    const collectorOf = () =>
      collectorInvocation({
        collector: new Collector({
          store,
          tables: new S3TableObjects(s3, bucket),
          tablesPrefix: "tables",
          collect: (targets, take) => collectEach(targets, () => CREDENTIALS, COLLECTION, take),
          lookupFor: () => lookup,
          now: Date.now,
          keepFor: 3_600_000,
          fullAbove: 100,
          unknownFor: 60_000,
          tags: ["team"],
          backOff: () => Promise.resolve(),
        }),
        targets: [TARGET],
        log: (entry) => log.push(entry),
      });
    const snapshot = async () => {
      const name = snapshotName(ACCOUNT, REGION);
      const stored = await store.read(name);
      if (stored === undefined || stored === "unchanged") throw new Error(`no snapshot ${name}`);
      return { etag: stored.etag, content: decodeSnapshot(stored.bytes, name) };
    };
    const tableOf = async (table: string, { collectedAt }: InventorySnapshot) => {
      const day = new Date(collectedAt).toISOString().slice(0, 10).replaceAll("-", "");
      const Key = `tables/${table}/accountid=${ACCOUNT}/region=${REGION}/eventday=${day}/inventory.jsonl`;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      return (await Body?.transformToString()) ?? "";
    };
    return { store, log, collectorOf, snapshot, tableOf };
  }

  it("writes a snapshot that is only read again when it changed, and the tables", async () => {
    const { store, collectorOf, snapshot, tableOf } = await workshop();
    await collectorOf()({});
    const { etag, content } = await snapshot();
    expect(content.interfaces.map(({ id }) => id)).toContain(made.webInterface);
    expect(await store.read(snapshotName(ACCOUNT, REGION), etag)).toBe("unchanged");
    expect(await store.list()).toEqual([{ name: `${ACCOUNT}/${REGION}`, etag, bytes: expect.any(Number) }]);
    expect(await tableOf("interfaces", content)).toContain(made.webInterface);
  });

  it("writes over exactly the version that was read, and creates where there is none", async () => {
    const { store } = await workshop();
    const write = (text: string, expected: string | undefined) => store.write("a/b", Buffer.from(text), expected);
    const etag = async () => known((await store.list())[0]).etag;
    expect(await write("one", undefined)).toBe(true);
    expect(await write("two", undefined)).toBe(false);
    const first = await etag();
    expect(await write("three", first)).toBe(true);
    expect(await write("four", first)).toBe(false);
    expect(await store.read("a/b")).toMatchObject({ bytes: Buffer.from("three") });
  });

  it("keeps what is gone as a tombstone", async () => {
    const { collectorOf, snapshot } = await workshop();
    const passing = await made.addInterface("10.20.1.30", made.web);
    const collector = collectorOf();
    await collector({});
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: passing }));
    await collector({});
    const { content } = await snapshot();
    expect(byId(content.interfaces, passing).until).toBe(content.collectedAt);
  });

  it("looks up a new interface that was asked for, with one call", async () => {
    const { collectorOf, snapshot, log } = await workshop();
    const collector = collectorOf();
    await collector({});
    const late = await made.addInterface("10.20.1.40", made.web);
    const body = encodeRequests([{ ...TARGET, interfaceIds: [late, "eni-00000000000000002"] }]);
    const response = await collector({ Records: [{ messageId: "m1", body, eventSource: "aws:sqs" }] });
    expect(response).toEqual({ batchItemFailures: [] });
    expect(log.at(-1)).toMatchObject({ calls: 1, targets: [{ kind: "lookup" }] });
    expect(byId((await snapshot()).content.interfaces, late).addresses).toEqual(["10.20.1.40"]);
  });

  it("loses no collection when several write at the same time", async () => {
    const { collectorOf, snapshot, tableOf, log } = await workshop();
    await collectorOf()({});
    const added: string[] = [];
    for (const last of [51, 52, 53]) added.push(await made.addInterface(`10.20.1.${last}`, made.web));
    const answers = await Promise.all(
      added.map((id) => {
        const body = encodeRequests([{ ...TARGET, interfaceIds: [id] }]);
        return collectorOf()({ Records: [{ messageId: "m1", body, eventSource: "aws:sqs" }] });
      }),
    );
    expect(answers).toEqual(added.map(() => ({ batchItemFailures: [] })));
    expect(log.slice(1).flatMap(({ targets = [] }) => targets)).toEqual(
      added.map(() => expect.objectContaining({ kind: "lookup", problems: [] })),
    );
    const { content } = await snapshot();
    const table = await tableOf("interfaces", content);
    for (const id of added) {
      expect(byId(content.interfaces, id).until).toBeUndefined();
      expect(table).toContain(id);
    }
  });
});
