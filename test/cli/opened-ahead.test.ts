import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { OpenedAhead } from "../../packages/cli/src/ingest/opened-ahead.js";

const MB = 1_048_576;

/** Inputs of these sizes, and what becomes of them. */
function inputs(
  sizes: readonly number[],
  { failing, opensSlowly = true }: { readonly failing?: number; readonly opensSlowly?: boolean } = {},
) {
  const opened: number[] = [];
  const closed: number[] = [];
  let taken = 0;
  const ahead = new OpenedAhead({
    take: async () => {
      if (taken === failing) throw new Error("the list broke");
      const size = sizes[taken];
      return size === undefined ? undefined : { size, index: taken++ };
    },
    open: async ({ index }) => {
      opened.push(index);
      return {
        close: async () => {
          closed.push(index);
        },
      };
    },
    opensSlowly: () => opensSlowly,
  });
  return { ahead, opened, closed };
}

/** Until nothing is left to do that does not wait for somebody. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate();
}

describe("inputs that are opened ahead", () => {
  it("come in order, each once, and then no more", async () => {
    const { ahead, opened } = inputs([1, 2, 3, 4, 5, 6, 7]);
    const found: (number | undefined)[] = [];
    for (let turn = 0; turn < 9; turn++) found.push((await ahead.next())?.input.size);
    expect(found).toEqual([1, 2, 3, 4, 5, 6, 7, undefined, undefined]);
    expect(opened).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("are four beside the one in hand", async () => {
    const { ahead, opened } = inputs([1, 1, 1, 1, 1, 1, 1, 1]);
    await ahead.next();
    await settled();
    expect(opened).toEqual([0, 1, 2, 3, 4]);
  });

  it("are fewer when they are large, so that other jobs have some", async () => {
    const { ahead, opened } = inputs([1, MB, 1, 1]);
    await ahead.next();
    await settled();
    expect(opened).toEqual([0, 1]);
    await ahead.next();
    await settled();
    expect(opened).toEqual([0, 1, 2, 3]);
  });

  it("are none while a large one is read, nor where opening takes no time", async () => {
    for (const { ahead, opened } of [inputs([5 * MB, 1, 1]), inputs([1, 1, 1], { opensSlowly: false })]) {
      await ahead.next();
      await settled();
      expect(opened).toEqual([0]);
      expect((await ahead.next())?.input.index).toBe(1);
    }
  });

  it("are closed when they are not wanted any more, and nothing further is opened", async () => {
    const { ahead, opened, closed } = inputs([1, 1, 1, 1, 1, 1, 1, 1]);
    await ahead.next();
    await settled();
    await ahead.close();
    expect(closed).toEqual([1, 2, 3, 4]);
    expect(await ahead.next()).toBeUndefined();
    await settled();
    expect(opened).toEqual([0, 1, 2, 3, 4]);
  });

  it("come before the failure of the list that broke after them", async () => {
    const { ahead } = inputs([1, 1, 1], { failing: 2 });
    expect((await ahead.next())?.input.index).toBe(0);
    await settled();
    expect((await ahead.next())?.input.index).toBe(1);
    await expect(ahead.next()).rejects.toThrow("the list broke");
    await ahead.close();
  });

  it("fail where they are taken up when they do not open, and the next ones come", async () => {
    let taken = 0;
    const ahead = new OpenedAhead({
      take: async () => (taken < 2 ? { size: 1, index: taken++ } : undefined),
      open: async ({ index }) => {
        if (index === 0) throw new Error("gone");
        return { close: async () => {} };
      },
      opensSlowly: () => true,
    });
    const first = await ahead.next();
    await settled();
    await expect(first?.source).rejects.toThrow("gone");
    expect((await ahead.next())?.input.index).toBe(1);
  });
});
