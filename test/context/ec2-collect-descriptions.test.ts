import type { EC2Client } from "@aws-sdk/client-ec2";
import { collectDescriptions, ec2Client, ec2Pages } from "@tributary/context/ec2";
import { afterEach, describe, expect, it } from "vitest";
import { withoutWaits } from "../support/aws-retries.js";
import { describeNetwork, interfaceIds } from "../support/ec2-network.js";
import { type Ec2Reply, type Ec2Script, ScriptedEc2 } from "../support/scripted-ec2.js";

const CREDENTIALS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
const THROTTLED: Ec2Reply = { kind: "error", status: 503, code: "RequestLimitExceeded" };
const LISTS = ["pl-00000001", "pl-00000002"];
const NETWORK = { interfaces: interfaceIds(12), prefixLists: LISTS };
const ALL_ACTIONS = [
  "DescribeManagedPrefixLists",
  "DescribeNetworkAcls",
  "DescribeNetworkInterfaces",
  "DescribeSecurityGroupRules",
  "DescribeSecurityGroups",
  "DescribeTags",
  "GetManagedPrefixListEntries",
];

let close: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const one of close) await one();
  close = [];
});

async function scripted(script: Ec2Script, { maxAttempts = 3, requestTimeout = 30_000 } = {}) {
  const server = await ScriptedEc2.start(script);
  const client = ec2Client({
    region: "eu-west-1",
    credentials: CREDENTIALS,
    endpoint: server.endpoint,
    maxAttempts,
    requestTimeout,
  });
  const mode = await withoutWaits(client);
  close.push(async () => {
    client.destroy();
    await server.close();
  });
  return { server, mode, collect: () => collectFrom(client) };
}

const collectFrom = (client: EC2Client) => collectDescriptions(ec2Pages(client), { region: "eu-west-1" });

/** The network, except that calls of one action are answered otherwise. */
const except =
  (action: string, reply: (number: number) => Ec2Reply | undefined): Ec2Script =>
  (call, number) =>
    (call.action === action ? reply(number) : undefined) ?? describeNetwork(NETWORK, call);

describe("collecting descriptions from EC2", () => {
  it("reads all parts", async () => {
    const { server, collect } = await scripted((call) => describeNetwork(NETWORK, call));
    const { descriptions, problems } = await collect();

    expect(problems).toEqual([]);
    expect(descriptions.networkInterfaces).toHaveLength(12);
    expect(descriptions.networkInterfaces?.[0]).toMatchObject({
      NetworkInterfaceId: "eni-00000000000000000",
      Groups: [{ GroupId: "sg-0000000000000001" }],
    });
    expect(descriptions.securityGroups).toHaveLength(1);
    expect(descriptions.securityGroupRules).toHaveLength(3);
    expect(descriptions.managedPrefixLists).toHaveLength(2);
    expect(descriptions.prefixListEntries?.get("pl-00000001")).toMatchObject([
      { Cidr: "198.51.100.0/24" },
      { Cidr: "203.0.113.0/24" },
    ]);
    expect(descriptions.networkAcls).toHaveLength(1);
    expect(descriptions.instanceTags).toMatchObject([{ ResourceId: "i-0000000000000001", Value: "web-1" }]);
    expect([...new Set(server.calls.map(({ action }) => action))].sort()).toEqual(ALL_ACTIONS);
  });

  it("follows the pages to the last one", async () => {
    const { server, collect } = await scripted((call) => describeNetwork(NETWORK, call, 5));
    const { descriptions, calls } = await collect();

    const ids = descriptions.networkInterfaces?.map(
      (each) => (each as { NetworkInterfaceId: string }).NetworkInterfaceId,
    );
    expect(ids).toEqual(NETWORK.interfaces);
    const tokens = server.callsOf("DescribeNetworkInterfaces").map(({ parameters }) => parameters.get("NextToken"));
    expect(tokens).toEqual([undefined, "5", "10"]);
    expect(calls).toBe(server.calls.length);
  });

  it("asks for pages as large as EC2 gives them", async () => {
    const { server, collect } = await scripted((call) => describeNetwork(NETWORK, call));
    await collect();
    const sizes = Object.fromEntries(
      server.calls.map(({ action, parameters }) => [action, parameters.get("MaxResults")]),
    );
    expect(sizes).toEqual({
      DescribeNetworkInterfaces: "1000",
      DescribeSecurityGroups: "1000",
      DescribeSecurityGroupRules: "1000",
      DescribeNetworkAcls: "1000",
      DescribeTags: "1000",
      DescribeManagedPrefixLists: "100",
      GetManagedPrefixListEntries: "100",
    });
  });

  it("reads the entries of the prefix lists that rules refer to, and asks for no others", async () => {
    const { server, collect } = await scripted((call) => describeNetwork({ interfaces: interfaceIds(2) }, call));
    const { descriptions, problems } = await collect();
    expect(server.callsOf("DescribeManagedPrefixLists")).toEqual([]);
    expect(server.callsOf("GetManagedPrefixListEntries")).toEqual([]);
    expect(descriptions.managedPrefixLists).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("makes as many calls for any interfaces of one page", async () => {
    const calls = [];
    for (const count of [10, 900]) {
      const network = { interfaces: interfaceIds(count), prefixLists: LISTS };
      const { collect } = await scripted((call) => describeNetwork(network, call));
      calls.push((await collect()).calls);
    }
    expect(calls).toEqual([8, 8]);
  });

  it("slows down adaptively", async () => {
    const { mode } = await scripted(() => THROTTLED);
    expect(mode).toBe("adaptive");
  });
});

describe("EC2 that refuses", () => {
  it("is asked again after RequestLimitExceeded", async () => {
    const script = except("DescribeSecurityGroups", (number) => (number < 3 ? THROTTLED : undefined));
    const { server, collect } = await scripted(script);
    const { descriptions, problems, calls } = await collect();
    expect(descriptions.securityGroups).toHaveLength(1);
    expect(problems).toEqual([]);
    expect(server.callsOf("DescribeSecurityGroups")).toHaveLength(3);
    expect(calls).toBe(server.calls.length);
  });

  it("and goes on doing so costs one part, named with its remedy", async () => {
    const { server, collect } = await scripted(except("DescribeSecurityGroups", () => THROTTLED));
    const { descriptions, problems, calls } = await collect();
    expect(descriptions.securityGroups).toBeUndefined();
    expect(descriptions.networkInterfaces).toHaveLength(12);
    expect(descriptions.securityGroupRules).toHaveLength(3);
    expect(problems).toEqual([
      {
        part: "groups",
        kind: "throttled",
        message:
          "groups of eu-west-1: EC2 kept refusing ec2:DescribeSecurityGroups (RequestLimitExceeded, 3 calls); collect again later or less often",
      },
    ]);
    expect(server.callsOf("DescribeSecurityGroups")).toHaveLength(3);
    expect(calls).toBe(server.calls.length);
  });

  it("in the middle of a part costs the whole part, so that nothing looks gone", async () => {
    const script: Ec2Script = (call) =>
      call.action === "DescribeNetworkInterfaces" && call.parameters.get("NextToken") === "10"
        ? THROTTLED
        : describeNetwork(NETWORK, call, 5);
    const { collect } = await scripted(script);
    const { descriptions, problems } = await collect();
    expect(descriptions.networkInterfaces).toBeUndefined();
    expect(problems).toMatchObject([{ part: "interfaces", kind: "throttled" }]);
  });

  it.each([
    ["interfaces", "DescribeNetworkInterfaces", "networkInterfaces"],
    ["groups", "DescribeSecurityGroups", "securityGroups"],
    ["rules", "DescribeSecurityGroupRules", "securityGroupRules"],
    ["prefix-lists", "DescribeManagedPrefixLists", "managedPrefixLists"],
    ["prefix-lists", "GetManagedPrefixListEntries", "managedPrefixLists"],
    ["network-acls", "DescribeNetworkAcls", "networkAcls"],
    ["instance-names", "DescribeTags", "instanceTags"],
  ] as const)(
    "%s for want of a permission (%s) leaves that part out, without asking again",
    async (part, action, key) => {
      const refusal: Ec2Reply = {
        kind: "error",
        status: 403,
        code: "UnauthorizedOperation",
        message: "You are not authorized to perform this operation. Encoded authorization failure message: Zm9vYmFy",
      };
      const { server, collect } = await scripted(except(action, () => refusal));
      const { descriptions, problems } = await collect();
      const { [key]: left, ...others } = descriptions;
      expect(left).toBeUndefined();
      expect(
        Object.entries(others).filter(([name, value]) => value === undefined && name !== "prefixListEntries"),
      ).toEqual([]);
      expect(problems).toMatchObject([{ part, kind: "no-permission" }]);
      expect(problems[0]?.message).toContain(`ec2:${action}`);
      expect(problems[0]?.message).toContain("--print-policy");
      expect(problems[0]?.message).not.toContain("Zm9vYmFy");
      expect(server.callsOf(action)).toHaveLength(1);
    },
  );

  it("rules for want of a permission leaves those that groups repeat, with their prefix lists", async () => {
    const refusal: Ec2Reply = { kind: "error", status: 403, code: "UnauthorizedOperation" };
    const { collect } = await scripted(except("DescribeSecurityGroupRules", () => refusal));
    const { descriptions } = await collect();
    expect(descriptions.securityGroups?.[0]).toHaveProperty("IpPermissions");
    expect(descriptions.managedPrefixLists).toHaveLength(2);
  });

  it("rules for a while leaves no others in their place, so that those known from before stay", async () => {
    const { collect } = await scripted(except("DescribeSecurityGroupRules", () => THROTTLED));
    const { descriptions } = await collect();
    expect(descriptions.securityGroups).toMatchObject([{ GroupName: "web", IpPermissions: undefined }]);
    expect(descriptions.managedPrefixLists).toBeUndefined();
  });
});

describe("EC2 that fails", () => {
  it.each<[string, Ec2Reply]>([
    ["an internal error", { kind: "error", status: 500, code: "InternalError" }],
    ["a broken answer", { kind: "text", status: 200, text: "<DescribeNetworkAclsResponse><networkAclSet>" }],
    ["no XML", { kind: "text", status: 502, text: "Bad gateway" }],
  ])("with %s loses that part alone", async (_, reply) => {
    const { collect } = await scripted(
      except("DescribeNetworkAcls", () => reply),
      { maxAttempts: 1 },
    );
    const { descriptions, problems } = await collect();
    expect(descriptions.networkAcls).toBeUndefined();
    expect(descriptions.networkInterfaces).toHaveLength(12);
    expect(descriptions.instanceTags).toHaveLength(1);
    expect(problems).toMatchObject([{ part: "network-acls" }]);
  });

  it.each(["hang", "stall"] as const)("to answer in time (%s) loses that part alone", async (kind) => {
    const { server, collect } = await scripted(
      except("DescribeNetworkAcls", () => ({ kind })),
      {
        maxAttempts: 2,
        requestTimeout: 400,
      },
    );
    const { descriptions, problems } = await collect();
    expect(descriptions.networkAcls).toBeUndefined();
    expect(descriptions.networkInterfaces).toHaveLength(12);
    expect(problems).toMatchObject([{ part: "network-acls", kind: "timed-out" }]);
    expect(server.callsOf("DescribeNetworkAcls").length).toBeGreaterThan(0);
  });

  it("to end its pages loses that part alone", async () => {
    const endless: Ec2Script = (call, number) =>
      call.action === "DescribeTags"
        ? { kind: "answer", fields: { tagSet: [], nextToken: String(number) } }
        : describeNetwork(NETWORK, call);
    const server = await ScriptedEc2.start(endless);
    const client = ec2Client({
      region: "eu-west-1",
      credentials: CREDENTIALS,
      endpoint: server.endpoint,
      maxAttempts: 1,
      requestTimeout: 30_000,
    });
    close.push(() => server.close());
    const { problems } = await collectDescriptions(ec2Pages(client), { region: "eu-west-1", maxPages: 20 });
    expect(problems).toMatchObject([{ part: "instance-names", kind: "failed" }]);
    expect(server.callsOf("DescribeTags").length).toBeLessThan(25);
  });
});
