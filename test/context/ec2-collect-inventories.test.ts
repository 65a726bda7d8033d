import { type CollectedInventory, collectEach, collectInventories, type InventoryTarget } from "@tributary/context/ec2";
import { afterEach, describe, expect, it } from "vitest";
import { describeNetwork, interfaceIds } from "../support/ec2-network.js";
import { type Ec2Call, type Ec2Reply, type Ec2Script, ScriptedEc2 } from "../support/scripted-ec2.js";

const KEY = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
const ACCOUNT = "123456789012";
const REGIONS = ["eu-central-1", "eu-west-1", "us-east-1"];
const TARGETS: readonly InventoryTarget[] = REGIONS.map((region) => ({ accountId: ACCOUNT, region }));
const COLLECTED_AT = Date.UTC(2026, 3, 1);

let servers: ScriptedEc2[] = [];
afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
});

async function scripted(script: Ec2Script) {
  const server = await ScriptedEc2.start(script);
  servers.push(server);
  const client = { endpoint: server.endpoint, maxAttempts: 1, requestTimeout: 30_000 };
  return { server, options: { client, now: () => COLLECTED_AT, tags: ["team"] } };
}

const described = (call: Ec2Call): Ec2Reply =>
  describeNetwork({ interfaces: interfaceIds(call.region === "us-east-1" ? 7 : 3) }, { ...call, region: call.region });

describe("collecting several inventories", () => {
  it("gives one for each account and region, in their order", async () => {
    const { server, options } = await scripted((call) => described(call));
    const results = await collectInventories(TARGETS, () => KEY, options);
    expect(results.map(({ target }) => target)).toEqual(TARGETS);
    expect(results.map(({ inventory }) => inventory?.region)).toEqual(REGIONS);
    expect(results.map(({ inventory }) => inventory?.interfaces.length)).toEqual([3, 3, 7]);
    expect(results.flatMap(({ problems }) => problems)).toEqual([]);
    expect(results.reduce((sum, { calls }) => sum + calls, 0)).toBe(server.calls.length);
    expect(results[0]?.inventory).toMatchObject({ accountId: ACCOUNT, collectedAt: COLLECTED_AT, missing: [] });
    expect(results[0]?.inventory?.interfaces[0]).toMatchObject({ name: "web-1", tags: { team: "blue" } });
  });

  it("hands over each as soon as it is there, before the next is begun", async () => {
    const { server, options } = await scripted((call) => described(call));
    const asked = () => new Set(server.calls.map(({ region }) => region)).size;
    const handed: string[] = [];
    const take = async ({ target, inventory }: CollectedInventory<InventoryTarget>) => {
      handed.push(`${target.region}: ${inventory?.interfaces.length} of ${asked()} asked`);
    };
    await collectEach(TARGETS, () => KEY, { ...options, concurrency: 1 }, take);
    expect(handed).toEqual(["eu-central-1: 3 of 1 asked", "eu-west-1: 3 of 2 asked", "us-east-1: 7 of 3 asked"]);
  });

  it("uses the credentials of each target", async () => {
    const keys: (string | undefined)[] = [];
    const { options } = await scripted((call) => described(call));
    const results = await collectInventories(
      TARGETS,
      ({ region }) =>
        async () => {
          keys.push(region);
          return KEY;
        },
      options,
    );
    expect(results.every(({ inventory }) => inventory !== undefined)).toBe(true);
    expect(new Set(keys)).toEqual(new Set(REGIONS));
  });

  it("works on a few of them at a time", async () => {
    let underWay = 0;
    let most = 0;
    const { options } = await scripted((call) => described(call));
    const targets = Array.from({ length: 6 }, (_, index) => ({
      accountId: `00000000000${index}`,
      region: "eu-west-1",
    }));
    const results = await collectInventories(
      targets,
      () => async () => {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay--;
        return KEY;
      },
      { ...options, concurrency: 2 },
    );
    expect(results).toHaveLength(6);
    expect(most).toBe(2);
  });

  it("goes on when one region refuses some parts", async () => {
    const refusal: Ec2Reply = { kind: "error", status: 403, code: "UnauthorizedOperation" };
    const { options } = await scripted((call) =>
      call.region === "eu-west-1" && call.action === "DescribeNetworkAcls" ? refusal : described(call),
    );
    const results = await collectInventories(TARGETS, () => KEY, options);
    expect(results.map(({ inventory }) => inventory?.missing)).toEqual([[], ["network-acls"], []]);
    expect(results[1]?.inventory?.interfaces).toHaveLength(3);
    expect(results.flatMap(({ problems }) => problems.map(({ kind }) => kind))).toEqual(["no-permission"]);
  });

  it("goes on when one region refuses everything", async () => {
    const refusal: Ec2Reply = { kind: "error", status: 401, code: "AuthFailure" };
    const { options } = await scripted((call) => (call.region === "eu-west-1" ? refusal : described(call)));
    const results = await collectInventories(TARGETS, () => KEY, options);
    expect(results.map(({ inventory }) => inventory?.interfaces.length)).toEqual([3, undefined, 7]);
    expect(new Set(results[1]?.problems.map(({ kind }) => kind))).toEqual(new Set(["no-credentials"]));
  });

  it("asks EC2 nothing for a role that cannot be assumed, and names what to check", async () => {
    const { server, options } = await scripted((call) => described(call));
    const denied = Object.assign(new Error("User is not authorized to perform: sts:AssumeRole"), {
      name: "AccessDenied",
    });
    const results = await collectInventories(
      TARGETS,
      ({ region }) => (region === "eu-west-1" ? () => Promise.reject(denied) : KEY),
      options,
    );
    expect(results.map(({ inventory }) => inventory?.interfaces.length)).toEqual([3, undefined, 7]);
    expect(results[1]).toMatchObject({
      calls: 0,
      problems: [
        {
          kind: "no-credentials",
          message:
            "account 123456789012 in eu-west-1: no credentials (AccessDenied); check the role, its trust policy and the profile",
        },
      ],
    });
    expect(server.calls.filter(({ region }) => region === "eu-west-1")).toEqual([]);
  });

  it("goes on when an answer of one region cannot be understood", async () => {
    const nonsense: Ec2Reply = { kind: "answer", fields: { networkInterfaceSet: [{ ownerId: "123456789012" }] } };
    const { options } = await scripted((call) =>
      call.region === "eu-west-1" && call.action === "DescribeNetworkInterfaces" ? nonsense : described(call),
    );
    const results = await collectInventories(TARGETS, () => KEY, options);
    expect(results.map(({ inventory }) => inventory?.interfaces.length)).toEqual([3, undefined, 7]);
    expect(results[1]?.problems[0]?.message).toContain("NetworkInterfaceId");
  });
});
