import { describe, expect, it } from "vitest";
import { isS3Path, S3Location } from "../../packages/cli/src/s3/s3-location.js";

const ACCESS_POINT = "arn:aws:s3:eu-west-1:123456789012:accesspoint/flow-logs";

describe("a path of S3", () => {
  it.each([
    ["s3://logs", "logs", ""],
    ["s3://logs/", "logs", ""],
    ["S3://logs/AWSLogs/", "logs", "AWSLogs/"],
    ["s3://logs/a b+c%20d/é.log", "logs", "a b+c%20d/é.log"],
    ["s3://logs//a", "logs", "/a"],
    [`s3://${ACCESS_POINT}`, ACCESS_POINT, ""],
    [`s3://${ACCESS_POINT}/AWSLogs/x`, ACCESS_POINT, "AWSLogs/x"],
  ])("%s has a bucket and a prefix", (text, bucket, prefix) => {
    expect(isS3Path(text)).toBe(true);
    expect(S3Location.parse(text)).toMatchObject({ bucket, prefix });
  });

  it("knows the region of an access point", () => {
    expect(S3Location.parse(`s3://${ACCESS_POINT}/x`).region).toBe("eu-west-1");
    expect(S3Location.parse("s3://logs/x").region).toBeUndefined();
  });

  it("of an object leads back to its key", () => {
    const path = S3Location.parse("s3://logs/a").pathOf("/x//y z");
    expect(S3Location.parse(path)).toMatchObject({ bucket: "logs", prefix: "/x//y z" });
  });

  it.each([
    ["s3://", /names no bucket/],
    ["s3:///prefix", /names no bucket/],
    ["s3://my bucket/x", /"my bucket", which cannot be a bucket/],
    ["s3a://logs/x", /Hadoop.*s3:\/\/bucket\/prefix/],
    ["s3://arn:aws:s3::123456789012:accesspoint/many.mrap/x", /names no access point of a region/],
    ["./logs", /is no path of S3/],
  ])("%s is refused with a remedy", (text, message) => {
    expect(() => S3Location.parse(text)).toThrow(expect.objectContaining({ code: "bad-s3-path" }));
    expect(() => S3Location.parse(text)).toThrow(message);
  });

  it.each(["./s3/logs", "/s3://x", "-", "C:\\s3"])("is not %s", (text) => {
    expect(isS3Path(text)).toBe(false);
  });
});
