import { ConfigurationError } from "@tributary/flow";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { S3Buckets } from "../../packages/cli/src/s3/s3-buckets.js";
import { isAmazonS3, type S3Settings, s3Client } from "../../packages/cli/src/s3/s3-client.js";
import { withoutWaits } from "../support/aws-retries.js";
import { bucketsOn, listing, storeOn, stubAwsEnvironment } from "../support/s3-reader.js";
import { S3Service } from "../support/s3-service.js";
import { put, workFolder } from "./local-run.js";

let s3: S3Service;
const open: S3Buckets[] = [];
beforeEach(async () => {
  stubAwsEnvironment();
  s3 = await S3Service.start();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const buckets of open.splice(0)) await buckets.destroy();
  await s3.close();
});

function bucketsWith(settings: S3Settings = { endpoint: s3.endpoint }): S3Buckets {
  const buckets = bucketsOn(s3, settings);
  open.push(buckets);
  return buckets;
}

const failing = async (promise: Promise<unknown>): Promise<ConfigurationError> =>
  promise.then(
    () => expect.fail("it did not fail"),
    (error: ConfigurationError) => error,
  );

describe("the store", () => {
  it.each([
    [true, "nothing names another", {}, {}],
    [true, "an endpoint of Amazon's is named", { endpoint: "https://s3.eu-west-1.amazonaws.com" }, {}],
    [false, "an endpoint is named", { endpoint: "http://127.0.0.1:9000" }, {}],
    [false, "the environment names one for S3", {}, { AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9000" }],
    [false, "the environment names one for all services", {}, { AWS_ENDPOINT_URL: "http://127.0.0.1:9000" }],
    [true, "the environment names one of Amazon's", {}, { AWS_ENDPOINT_URL: "https://s3.eu-west-1.amazonaws.com" }],
    [false, "the environment names what is no URL", {}, { AWS_ENDPOINT_URL: "store" }],
  ])("is Amazon's: %s, where %s", async (amazon, _, settings, environment) => {
    stubAwsEnvironment(environment);
    expect(await isAmazonS3(settings)).toBe(amazon);
  });

  it("is not Amazon's where the AWS configuration names another", async () => {
    const config = put(workFolder(), "config", "[default]\nendpoint_url = http://127.0.0.1:9000\n");
    stubAwsEnvironment({ AWS_CONFIG_FILE: config });
    expect(await isAmazonS3({})).toBe(false);
  });
});

describe("the end of all access", () => {
  it.each([
    [
      400,
      "ExpiredToken",
      "expired-credentials",
      /have expired \(ExpiredToken\): sign in again, and run the same command again/,
    ],
    [403, "RequestExpired", "expired-credentials", /sign in again/],
    [403, "InvalidAccessKeyId", "wrong-credentials", /--profile/],
    [403, "SignatureDoesNotMatch", "wrong-credentials", /--profile/],
    [400, "InvalidToken", "wrong-credentials", /--profile/],
    [403, "RequestTimeTooSkewed", "clock-skew", /clock/],
    [404, "NoSuchBucket", "no-bucket", /there is no bucket logs at http:\/\/127/],
    [400, "AuthorizationHeaderMalformed", "wrong-region", /AWS_REGION/],
  ])("is named with its remedy, for lists and objects: %s %s", async (status, code, ours, message) => {
    s3.put("a.log", "x");
    s3.fault = () => ({ status, code });
    const buckets = bucketsWith();
    const calls = [() => listing(buckets, "s3://logs/"), () => storeOn(buckets).store.open("s3://logs/a.log")];
    for (const call of calls) {
      const error = await failing(call());
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toMatchObject({ code: ours, message: expect.stringMatching(message) });
      expect(error.message).not.toMatch(/AKIDEXAMPLE/);
    }
  });

  it("comes when credentials expire between two objects; what was read before is good", async () => {
    for (const key of ["a.log", "b.log", "c.log"]) s3.put(key, key);
    s3.fault = () => (s3.calls.length >= 3 ? { status: 403, code: "ExpiredToken" } : undefined);
    const buckets = bucketsWith();
    const { keys } = await listing(buckets, "s3://logs/");
    const { store } = storeOn(buckets);
    const read: string[] = [];
    const error = await failing(
      (async () => {
        for (const key of keys) {
          const object = await store.open(`s3://logs/${key}`);
          for await (const chunk of object.stream(0)) read.push(chunk.toString());
        }
      })(),
    );
    expect(error).toMatchObject({ code: "expired-credentials" });
    expect(read).toEqual(["a.log", "b.log"]);
  });

  it("comes when credentials expire within an object", async () => {
    s3.put("a.log", Buffer.alloc(100_000));
    s3.fault = () => (s3.calls.length === 0 ? { breakAfter: 500 } : { status: 403, code: "ExpiredToken" });
    const object = await storeOn(bucketsWith()).store.open("s3://logs/a.log");
    const reading = async () => {
      for await (const _ of object.stream(0));
    };
    expect(await failing(reading())).toMatchObject({ code: "expired-credentials" });
  });

  it("comes when the keys may not be listed", async () => {
    s3.fault = () => ({ status: 403, code: "AccessDenied" });
    const error = await failing(listing(bucketsWith(), "s3://logs/"));
    expect(error).toMatchObject({ code: "no-access", message: expect.stringMatching(/s3:ListBucket/) });
  });

  it("comes when nothing answers at the endpoint", async () => {
    const { endpoint } = s3;
    await s3.close();
    const error = await failing(listing(bucketsWith({ endpoint }), "s3://logs/"));
    s3 = await S3Service.start();
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: "unreachable", message: expect.stringMatching(/ECONNREFUSED.*--endpoint/) });
  });

  it("comes when there are no credentials", async () => {
    stubAwsEnvironment({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined });
    const error = await failing(listing(bucketsWith(), "s3://logs/"));
    expect(error).toMatchObject({
      code: "no-credentials",
      message: expect.stringMatching(/sign in or name a --profile/),
    });
    expect(s3.calls).toEqual([]);
  });
});

describe("a list", () => {
  it.each([
    [503, "SlowDown"],
    [500, "InternalError"],
  ])("that fails for a moment is asked for again: %s %s", async (status, code) => {
    s3.put("a.log", "x");
    s3.fault = () => (s3.calls.length < 2 ? { status, code } : undefined);
    const buckets = bucketsWith();
    expect((await listing(buckets, "s3://logs/")).keys).toEqual(["a.log"]);
    expect(buckets.requests.list).toBe(3);
  });

  it("that something else answers is not taken for an empty one", async () => {
    s3.fault = () => ({ page: "<html><body>Sign in to the network</body></html>" });
    const error = await failing(listing(bucketsWith(), "s3://logs/"));
    expect(error).toMatchObject({ code: "store-failed", message: expect.stringMatching(/does not speak S3.*proxy/) });
  });

  it("that keeps failing ends with what the store said", async () => {
    s3.fault = () => ({ status: 503, code: "SlowDown" });
    const error = await failing(listing(bucketsWith(), "s3://logs/"));
    expect(error).toMatchObject({
      code: "store-failed",
      message: expect.stringMatching(/SlowDown.*run the same command again/),
    });
    expect(error).not.toBeInstanceOf(ConfigurationError);
  });
});

describe("a client", () => {
  it("slows down when it is throttled", async () => {
    const client = await s3Client({ endpoint: s3.endpoint });
    expect(await withoutWaits(client)).toBe("adaptive");
    client.destroy();
  });

  it("takes the configured region, else a default one", async () => {
    const regionOf = async () => {
      const client = await s3Client({});
      const region = await client.config.region();
      client.destroy();
      return region;
    };
    expect(await regionOf()).toBe("eu-west-1");
    stubAwsEnvironment({ AWS_REGION: undefined, AWS_DEFAULT_REGION: "sa-east-1" });
    expect(await regionOf()).toBe("sa-east-1");
    stubAwsEnvironment({ AWS_REGION: undefined });
    expect(await regionOf()).toBe("us-east-1");
  });

  it("finds the region of a bucket, once, and asks there", async () => {
    s3.put("a.log", "x");
    s3.region = "ap-southeast-2";
    const wrong = { status: 301, code: "PermanentRedirect" };
    s3.fault = (_, __, { region }) => (region === "ap-southeast-2" ? undefined : wrong);
    const buckets = bucketsWith({});
    expect((await listing(buckets, "s3://logs/")).keys).toEqual(["a.log"]);
    await storeOn(buckets).store.open("s3://logs/a.log");
    expect(s3.calls.filter((call) => call.endsWith("301"))).toHaveLength(1);
    expect(buckets.requests).toMatchObject({ list: 1, get: 1, head: 1 });
  });

  it("finds the region of a bucket that it may read but not look at", async () => {
    s3.put("a.log", "x");
    s3.region = "ap-southeast-2";
    s3.fault = (method) => (method === "HEAD" ? { status: 403, code: "Forbidden" } : undefined);
    const object = await storeOn(bucketsWith({})).store.open("s3://logs/a.log");
    await object.close();
    expect([...s3.regions]).toEqual(["eu-west-1", "ap-southeast-2"]);
  });
});

describe("a role", () => {
  const ROLE = "arn:aws:iam::444455556666:role/read-logs";

  it("is assumed at the store's own endpoint, with its external id", async () => {
    s3.put("a.log", "x");
    const settings = { endpoint: s3.endpoint, roleArn: ROLE, externalId: "of-the-policy" };
    s3.token = { AccessKeyId: "AKIDROLE", SecretAccessKey: "example", SessionToken: "of-the-role" };
    const tokens: unknown[] = [];
    s3.fault = (_, __, { headers }) => {
      tokens.push(headers["x-amz-security-token"]);
      return undefined;
    };
    expect((await listing(bucketsWith(settings), "s3://logs/")).keys).toEqual(["a.log"]);
    expect(Object.fromEntries(s3.assumed[0] ?? [])).toMatchObject({
      RoleArn: ROLE,
      ExternalId: "of-the-policy",
      RoleSessionName: "tributary-read",
    });
    expect(tokens).toEqual(["of-the-role"]);
  });

  it("that cannot be assumed is named", async () => {
    const error = await failing(listing(bucketsWith({ endpoint: s3.endpoint, roleArn: ROLE }), "s3://logs/"));
    expect(error).toMatchObject({
      code: "role-not-assumed",
      message: expect.stringMatching(/role\/read-logs.*AccessDenied.*trust policy/),
    });
    expect(s3.calls).toEqual([]);
  });
});
