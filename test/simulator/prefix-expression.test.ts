import { ConfigurationError } from "@tributary/flow";
import { PrefixExpression } from "@tributary/simulator";
import { describe, expect, it } from "vitest";

const time = Date.UTC(2018, 0, 5, 3, 4, 9);
const values = { time, randomString: () => "046b6c7f-0b" };
const evaluate = (prefix: string, more = {}) => PrefixExpression.compile(prefix).evaluate({ ...values, ...more });

describe("prefix expressions", () => {
  it.each([
    ["!{timestamp:yyyy/MM/dd/HH/}", "2018/01/05/03/"],
    ["day=!{timestamp:yyyyMMdd}/t=!{timestamp:HHmm}/", "day=20180105/t=0304/"],
    ["!{timestamp:yy-M-d H:m:s}", "18-1-5 3:4:9"],
    ["!{timestamp:uuuu/DDD}", "2018/005"],
    ["!{timestamp:'year='yyyy}", "year=2018"],
    ["!{timestamp:yyyy'-'MM'-'dd}", "2018-01-05"],
    ["!{timestamp:yyyy''MM}", "2018'01"],
    ["!{timestamp:'it''s 'yyyy}", "it's 2018"],
  ])("renders %s in UTC as %s", (prefix, expected) => {
    expect(evaluate(prefix)).toBe(expected);
  });

  it("renders the day of the year of a leap year's last day", () => {
    expect(evaluate("!{timestamp:DDD}", { time: Date.UTC(2024, 11, 31) })).toBe("366");
  });

  it("replaces partition keys, the error type and the random string", () => {
    const prefix = "!{firehose:random-string}/a=!{partitionKeyFromLambda:account}/!{firehose:error-output-type}";
    const text = evaluate(prefix, { partition: { account: "external_7" }, errorOutputType: "processing-failed" });
    expect(text).toBe("046b6c7f-0b/a=external_7/processing-failed");
  });

  it("draws a new random string at every occurrence", () => {
    let count = 0;
    const randomString = () => String(++count);
    expect(evaluate("!{firehose:random-string}-!{firehose:random-string}", { randomString })).toBe("1-2");
  });

  it("lists each partition key once", () => {
    const prefix = PrefixExpression.compile(
      "!{partitionKeyFromLambda:b}/!{partitionKeyFromLambda:a}/!{partitionKeyFromLambda:b}",
    );
    expect(prefix.partitionKeys).toEqual(["b", "a"]);
  });

  it.each([
    ["a/!{timestamp", "prefix-syntax"],
    ["a/!{}", "prefix-syntax"],
    ["a/!{yyyy}", "prefix-syntax"],
    ["!{aws:region}", "prefix-namespace"],
    ["!{firehose:host}", "prefix-value"],
    ["!{partitionKeyFromLambda:}", "prefix-value"],
    ["!{timestamp:}", "timestamp-pattern"],
    ["!{timestamp:yyyy'}", "timestamp-pattern"],
    ["!{timestamp:EEEE}", "timestamp-pattern"],
  ])("refuses %s", (prefix, code) => {
    expect(() => PrefixExpression.compile(prefix)).toThrowError(expect.objectContaining({ code }));
  });

  it("refuses the week year and says what to write", () => {
    expect(() => PrefixExpression.compile("!{timestamp:YYYY/MM}")).toThrow(/write yyyy/);
  });

  it("refuses JQ keys and says what to write", () => {
    const compile = () => PrefixExpression.compile("d=!{partitionKeyFromQuery:day}/");
    expect(compile).toThrow(ConfigurationError);
    expect(compile).toThrow(/!{partitionKeyFromLambda:day}/);
  });
});
