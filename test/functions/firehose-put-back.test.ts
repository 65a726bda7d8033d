import { FirehoseClient } from "@aws-sdk/client-firehose";
import { FirehosePutBack } from "@tributary/functions";
import { afterEach, describe, expect, it } from "vitest";
import { type JsonCall, type JsonReply, ScriptedJsonService } from "../support/scripted-json-service.js";
import { STREAM_ARN } from "../support/transform-event.js";

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

async function putBackTo(script: (call: JsonCall, number: number) => JsonReply) {
  const service = await ScriptedJsonService.start(script);
  const client = new FirehoseClient(service.client);
  close = async () => {
    client.destroy();
    await service.close();
  };
  const waits: number[] = [];
  const putBack = new FirehosePutBack(client, {
    attempts: 3,
    backOff: async (repetition) => {
      waits.push(repetition);
    },
  });
  return { putBack, waits, service };
}

const RECORDS = ["one", "two", "three"].map((data) => ({ data }));

const textsOf = ({ input }: JsonCall): readonly string[] =>
  (input.Records as { Data: string }[]).map(({ Data }) => Buffer.from(Data, "base64").toString("utf8"));

/** Accepts all records but those that `refuses` names. */
const answering =
  (refuses: (text: string, number: number) => boolean) =>
  (call: JsonCall, number: number): JsonReply => ({
    body: {
      FailedPutCount: 0,
      RequestResponses: textsOf(call).map((text, index) =>
        refuses(text, number)
          ? { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." }
          : { RecordId: `id-${index}` },
      ),
    },
  });

describe("putting records back on their stream", () => {
  it("puts them on the stream of the event", async () => {
    const { putBack, service } = await putBackTo(answering(() => false));
    expect(await putBack.put(STREAM_ARN, RECORDS)).toEqual([true, true, true]);
    expect(service.calls).toMatchObject([
      { target: "Firehose_20150804.PutRecordBatch", input: { DeliveryStreamName: "flows" } },
    ]);
    expect(service.calls.map(textsOf)).toEqual([["one", "two", "three"]]);
  });

  it("puts those again that were refused, and only those", async () => {
    const { putBack, service, waits } = await putBackTo(answering((text, number) => text === "two" && number === 1));
    expect(await putBack.put(STREAM_ARN, RECORDS)).toEqual([true, true, true]);
    expect(service.calls.map(textsOf)).toEqual([["one", "two", "three"], ["two"]]);
    expect(waits).toEqual([1]);
  });

  it("says which were refused to the end", async () => {
    const { putBack, service } = await putBackTo(answering((text) => text === "three"));
    expect(await putBack.put(STREAM_ARN, RECORDS)).toEqual([true, true, false]);
    expect(service.calls).toHaveLength(3);
  });

  it("does not throw when the stream is gone", async () => {
    const { putBack } = await putBackTo(() => ({
      status: 400,
      body: { __type: "ResourceNotFoundException", message: "no such stream" },
    }));
    expect(await putBack.put(STREAM_ARN, RECORDS)).toEqual([false, false, false]);
  });

  it("rejects an event of something else than a stream, and does not throw before that", async () => {
    const { putBack } = await putBackTo(answering(() => false));
    const put = putBack.put("arn:aws:kinesis:eu-west-1:111122223333:stream/flows", RECORDS);
    await expect(put).rejects.toThrow(/names no delivery stream/);
  });
});
