import { describe, expect, it } from "vitest";
import { ProgressLine, type ProgressOptions } from "../../packages/cli/src/terminal/progress.js";

const ERASE = "\r\u001b[2K";

describe("the progress line", () => {
  it("tells bytes, flows a second and the time left", () => {
    const { line, time, last } = terminal({ columns: 120 });
    line.update({ bytesDone: 0, bytesTotal: 10_000_000, flows: 0 });
    time.now = 2_000;
    line.update({ bytesDone: 2_500_000, bytesTotal: 10_000_000, flows: 100_000 });
    expect(last()).toBe(`${"█".repeat(5)}${"░".repeat(15)}  25 %  2.5 MB of 10.0 MB  50,000 flows/s  6.0 s left`);
  });

  it("is silent when its stream is no terminal, or one without a cursor", () => {
    for (const wish of [{ isTTY: false }, { cursor: false }]) {
      const { line, written } = terminal(wish);
      line.update({ bytesDone: 1, bytesTotal: 2, flows: 1 });
      line.clear();
      expect(written).toEqual([]);
    }
  });

  it("is redrawn at most ten times a second", () => {
    const { line, time, written } = terminal();
    for (time.now = 0; time.now < 1_000; time.now += 7)
      line.update({ bytesDone: time.now, bytesTotal: 1_000, flows: 1 });
    expect(written.length).toBeGreaterThan(5);
    expect(written.length).toBeLessThanOrEqual(10);
  });

  it("never reaches the last column of a narrow terminal, and keeps the share", () => {
    for (let columns = 8; columns < 120; columns++) {
      const { line, time, last } = terminal({ columns });
      line.update({ bytesDone: 0, bytesTotal: 4_000_000_000, flows: 0 });
      time.now = 60_000;
      line.update({ bytesDone: 1_000_000_000, bytesTotal: 4_000_000_000, flows: 9_000_000 });
      expect(last().length).toBeLessThan(columns);
      expect(last()).toContain("25 %");
    }
  });

  it("assumes 80 columns where the terminal does not say", () => {
    const { line, last } = terminal({ columns: 0 });
    line.update({ bytesDone: 1, bytesTotal: 2, flows: 0 });
    expect(last()).toContain("50 %");
  });

  it("has no bar and no time left while the total is unknown", () => {
    const { line, time, last } = terminal();
    line.update({ bytesDone: 0, flows: 0 });
    time.now = 5_000;
    line.update({ bytesDone: 1_500_000, flows: 10_000 });
    expect(last()).toBe("1.5 MB  2,000 flows/s");
  });

  it("does not count what a resumed run had done before", () => {
    const { line, time, last } = terminal({ columns: 120 });
    line.update({ bytesDone: 8_000_000, bytesTotal: 10_000_000, flows: 800_000 });
    time.now = 2_000;
    line.update({ bytesDone: 9_000_000, bytesTotal: 10_000_000, flows: 820_000 });
    expect(last()).toContain("10,000 flows/s  2.0 s left");
  });

  it("makes way for a message and comes back under it", () => {
    const { line, written } = terminal();
    line.update({ bytesDone: 1, bytesTotal: 2, flows: 1 });
    const drawn = written[0];
    line.message("parked 3 lines");
    expect(written).toEqual([drawn, ERASE, "parked 3 lines\n", drawn]);
  });

  it("takes itself away once", () => {
    const { line, written } = terminal();
    line.update({ bytesDone: 1, bytesTotal: 2, flows: 1 });
    line.clear();
    line.clear();
    expect(written.slice(1)).toEqual([ERASE]);
  });

  it("is finished, not broken, when there was nothing to do", () => {
    const { line, last } = terminal();
    line.update({ bytesDone: 0, bytesTotal: 0, flows: 0 });
    expect(last()).toContain("100 %");
  });

  it("uses colour only when asked to", () => {
    const colored = terminal({ color: true });
    colored.line.update({ bytesDone: 1, bytesTotal: 2, flows: 1 });
    expect(colored.last()).toContain("\u001b[32m");
    const plain = terminal();
    plain.line.update({ bytesDone: 1, bytesTotal: 2, flows: 1 });
    expect(plain.last()).not.toContain("\u001b");
  });
});

interface Wish extends Partial<Pick<ProgressOptions, "color" | "cursor">> {
  readonly columns?: number;
  readonly isTTY?: boolean;
}

function terminal({ columns = 80, isTTY = true, color = false, cursor = true }: Wish = {}) {
  const written: string[] = [];
  const time = { now: 0 };
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  const line = new ProgressLine({ stream, clock: () => time.now, color, cursor });
  return { line, time, written, last: () => (written.at(-1) ?? "").replace(ERASE, "") };
}
