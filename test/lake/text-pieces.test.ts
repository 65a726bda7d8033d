import { textPieces } from "@tributary/lake";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

describe("text in pieces", () => {
  it("has every line once and in order, each with a line feed", () => {
    const seed = 2_026_120_7;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", size: "large" })), (lines) => {
        expect([...textPieces(lines)].join("")).toBe(lines.map((line) => `${line}\n`).join(""));
      }),
      { seed },
    );
  });

  it("comes in pieces whose length does not grow with the text", () => {
    const line = "x".repeat(999);
    const pieces = [...textPieces(Array.from({ length: 5_000 }, () => line))];
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(70_000);
    expect(pieces.length).toBeLessThan(100);
  });

  it("takes lines only as pieces are asked for", () => {
    let taken = 0;
    const lines = (function* () {
      for (; ; taken++) yield "x".repeat(999);
    })();
    textPieces(lines).next();
    expect(taken).toBeLessThan(100);
  });

  it("of no lines is no piece", () => {
    expect([...textPieces([])]).toEqual([]);
  });
});
