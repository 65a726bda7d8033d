import { createHash } from "node:crypto";
import { SQSClient } from "@aws-sdk/client-sqs";
import { encodeRequests, readMessage, SqsInventoryRequests } from "@tributary/functions";
import { describe, expect, it } from "vitest";
import { UnknownInterfaces } from "../../packages/functions/src/unknown-interfaces.js";
import { ScriptedJsonService } from "../support/scripted-json-service.js";
import { ACCOUNT, eni, REGION } from "../support/small-inventory.js";

/** A flow of which the log says nothing but where it was seen. */
const flow = {
  srcaddr: undefined,
  dstaddr: undefined,
  pktSrcaddr: undefined,
  pktDstaddr: undefined,
  srcport: undefined,
  dstport: undefined,
  protocol: undefined,
  action: undefined,
  tcpFlags: undefined,
  flowDirection: undefined,
};

describe("messages to the collector", () => {
  it("are read as they were sent", () => {
    const requests = [{ accountId: ACCOUNT, region: REGION, interfaceIds: [eni(1)] }, { interfaceIds: [eni(2)] }];
    expect(readMessage(encodeRequests(requests))).toEqual({ kind: "requests", requests });
  });

  it("stay far below the limit of a queue with as many interfaces as one invocation asks for", () => {
    const ids = Array.from({ length: 1000 }, (_, index) => eni(index));
    expect(encodeRequests([{ accountId: ACCOUNT, region: REGION, interfaceIds: ids }]).length).toBeLessThan(64 * 1024);
  });

  it("may be EC2's own events of changes", () => {
    const event = {
      source: "aws.ec2",
      account: ACCOUNT,
      region: REGION,
      detail: { eventName: "CreateNetworkInterface" },
    };
    expect(readMessage(JSON.stringify(event))).toEqual({ kind: "change", accountId: ACCOUNT, region: REGION });
  });

  it("lose ids that no interface can have", () => {
    const body = JSON.stringify({ interfaces: [{ interfaceIds: [eni(1), "eni-x", 7, null, "i-0123456789abcdef0"] }] });
    expect(readMessage(body)).toEqual({ kind: "requests", requests: [{ interfaceIds: [eni(1)] }] });
  });

  it("name the account and region only as these can be", () => {
    const unknown = new UnknownInterfaces({ now: () => 0, askAgainAfter: 1 });
    for (const [index, [accountId, region]] of [
      ["unknown", "everywhere"],
      ["1".repeat(5000), `eu-${"west-".repeat(1000)}1`],
      [ACCOUNT, REGION],
    ].entries()) {
      unknown.note({ ...flow, interfaceId: eni(index), accountId, region });
    }
    expect(unknown.take()).toEqual([
      { interfaceIds: [eni(0), eni(1)] },
      { accountId: ACCOUNT, region: REGION, interfaceIds: [eni(2)] },
    ]);
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    "7",
    '{"interfaces":7}',
    '{"interfaces":[7]}',
    '{"interfaces":[{"interfaceIds":[],"accountId":"1234"}]}',
    '{"interfaces":[{"interfaceIds":[],"accountId":null}]}',
    '{"interfaces":[{"interfaceIds":[],"region":"*"}]}',
    '{"interfaces":[{"interfaceIds":[]},{"interfaceIds":[],"region":7}]}',
    '{"source":"aws.ec2"}',
    '{"source":"aws.s3"}',
  ])("are not %s", (body) => {
    expect(readMessage(body)).toBeUndefined();
  });

  it("are sent to its queue, all requests in one", async () => {
    const service = await ScriptedJsonService.start(({ input }) => ({
      body: {
        MessageId: "m1",
        MD5OfMessageBody: createHash("md5").update(String(input.MessageBody)).digest("hex"),
      },
    }));
    const client = new SQSClient(service.client);
    const requests = [{ interfaceIds: [eni(1)] }, { accountId: ACCOUNT, interfaceIds: [eni(2)] }];
    await new SqsInventoryRequests(client, `${service.client.endpoint}/queue`).send(requests);
    client.destroy();
    await service.close();
    expect(service.calls).toHaveLength(1);
    expect(readMessage(String(service.calls[0]?.input.MessageBody))).toEqual({ kind: "requests", requests });
  });
});
