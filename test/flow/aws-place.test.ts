import { isAccountId, isRegion, regionAtStart } from "@tributary/flow";
import { describe, expect, it } from "vitest";

describe("an AWS account", () => {
  it("has 12 digits and nothing else", () => {
    expect(isAccountId("111122223333")).toBe(true);
    const others = [
      "",
      "11112222333",
      "1111222233334",
      "111122223333\n",
      "../222233334",
      "AWS",
      111122223333,
      undefined,
    ];
    expect(others.filter(isAccountId)).toEqual([]);
  });
});

describe("an AWS region", () => {
  it.each(["eu-central-1", "us-gov-west-1", "cn-northwest-1", "us-isob-east-1", "eusc-de-east-1", "mx-central-1"])(
    "is %s",
    (region) => {
      expect(isRegion(region)).toBe(true);
    },
  );

  it("is no zone, no path and no other cloud's region", () => {
    const others = [
      "eu-central-1a",
      "../eu-central-1",
      "eu-central-1/..",
      "eu-central-",
      "northeurope",
      "",
      1,
      undefined,
    ];
    expect(others.filter(isRegion)).toEqual([]);
  });

  it.each([
    ["eusc-de-east-1a", "eusc-de-east-1"],
    ["us-west-2-lax-1a", "us-west-2"],
    ["us-east-1-wl1-bos-wlz-1", "us-east-1"],
    ["ap-southeast-2c", "ap-southeast-2"],
    ["zone-of-nothing", undefined],
  ])("of the zone %s is %s", (zone, region) => {
    expect(regionAtStart(zone)).toBe(region);
  });
});
