import { describe, expect, it } from "vitest";
import { safeText } from "../../packages/cli/src/terminal/safe-text.js";
import { textWidth, truncateText } from "../../packages/cli/src/terminal/text-width.js";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatTime,
  groupThousands,
  plural,
} from "../../packages/cli/src/terminal/units.js";

describe("units", () => {
  it.each([
    [0, "0 files"],
    [1, "1 file"],
    [2_000, "2,000 files"],
  ])("counts %i things", (count, text) => {
    expect(plural(count, "file")).toBe(text);
  });

  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [1_250_000, "1.3 MB"],
    [75_000_000, "75.0 MB"],
    [123_456_789_012n, "123 GB"],
    [5e18, "5000 PB"],
  ])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, "0"],
    [1_234_567, "1,234,567"],
    [-1_000, "-1,000"],
    [12_345_678_901_234_567_890n, "12,345,678,901,234,567,890"],
  ])("the count %d is %s", (count, text) => expect(formatCount(count)).toBe(text));

  it("group only the whole part of a number", () => {
    expect(["1234.56789", "1e+21", "abc"].map(groupThousands)).toEqual(["1,234.56789", "1e+21", "abc"]);
  });

  it.each([
    [0, "0 ms"],
    [999, "999 ms"],
    [999.6, "1.0 s"],
    [12_340, "12.3 s"],
    [59_960, "1 min 00 s"],
    [245_000, "4 min 05 s"],
    [3_599_700, "1 h 00 min"],
    [7_380_000, "2 h 03 min"],
    [86_399_999, "1 d 00 h"],
    [273_600_000, "3 d 04 h"],
  ])("%d ms are %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

  it.each([
    [61_200, 1_000, "61,200/s"],
    [3, 2_000, "1.5/s"],
    [3, 0, "-"],
  ])("%d in %d ms is a rate of %s", (count, ms, text) => expect(formatRate(count, ms)).toBe(text));

  it("print times in UTC, with milliseconds only where there are any", () => {
    expect([formatTime(0), formatTime(new Date(250))]).toEqual(["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.250Z"]);
  });
});

describe("text", () => {
  it.each([
    ["abc", 3],
    ["日本", 4],
    ["e\u0301", 1],
    ["👩‍👩‍👧", 2],
    ["…", 1],
  ])("%s takes %d columns", (text, width) => expect(textWidth(text)).toBe(width));

  it("is cut between characters, never inside one", () => {
    expect(truncateText("日本語", 4)).toBe("日…");
    expect(truncateText("ab👩‍👩‍👧cd", 4)).toBe("ab…");
    expect(truncateText("abc", 3)).toBe("abc");
    expect(truncateText("abc", 1)).toBe("…");
    expect(truncateText("abc", 0)).toBe("");
  });

  it("shows control characters instead of sending them", () => {
    expect(safeText("a\u001b[31m\r\n\u0000\u200b")).toBe("a\\x1b[31m\\r\\n\\x00\\u200b");
  });
});
