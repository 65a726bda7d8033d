import { describe, expect, it } from "vitest";
import { type ColorWish, Style, wantsColor } from "../../packages/cli/src/terminal/style.js";

const wish = (isTTY: boolean, env: ColorWish["env"] = {}, color?: boolean): ColorWish => ({
  stream: { isTTY },
  env,
  ...(color === undefined ? {} : { color }),
});

describe("colour", () => {
  it.each([
    ["on a terminal", wish(true), true],
    ["not in a pipe", wish(false), false],
    ["not on a dumb terminal", wish(true, { TERM: "dumb" }), false],
    ["not with NO_COLOR", wish(true, { NO_COLOR: "1" }), false],
    ["with an empty NO_COLOR, which means nothing", wish(true, { NO_COLOR: "" }), true],
    ["in a pipe with FORCE_COLOR", wish(false, { FORCE_COLOR: "1" }), true],
    ["not with FORCE_COLOR=0", wish(true, { FORCE_COLOR: "0" }), false],
    ["not with NO_COLOR although FORCE_COLOR", wish(true, { NO_COLOR: "1", FORCE_COLOR: "1" }), false],
    ["not with --no-color although FORCE_COLOR", wish(true, { FORCE_COLOR: "1" }, false), false],
    ["as usual without --no-color", wish(true, {}, true), true],
  ])("is used %s", (_, asked, expected) => {
    expect(wantsColor(asked)).toBe(expected);
  });

  it("leaves text alone when off", () => {
    const style = Style(false);
    expect(
      [style.heading, style.muted, style.good, style.warning, style.bad, style.command].map((each) => each("x")),
    ).toEqual(Array(6).fill("x"));
  });

  it("wraps text in codes when on", () => {
    expect(Style(true).bad("x")).toBe("\u001b[31mx\u001b[39m");
  });
});
