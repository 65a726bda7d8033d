import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { shares } from "../../packages/cli/src/commands/ingest-into.js";

const MB = 1_000_000;

describe("what is shared between jobs", () => {
  it("is all of the memory for one job alone", () => {
    expect(shares({ jobs: 1, memory: 640 * MB })).toEqual({ jobs: 1, memory: 640 * MB });
  });

  it("leaves a part for the lake beside several", () => {
    expect(shares({ jobs: 4, memory: 1000 * MB })).toEqual({ jobs: 4, memory: 200 * MB });
  });

  it("is 300 MB each, and a gigabyte in all at least, when nothing is said", () => {
    expect(shares({ jobs: 1 })).toEqual({ jobs: 1, memory: 1000 * MB });
    expect(shares({ jobs: 9 })).toEqual({ jobs: 9, memory: 300 * MB });
  });

  it("takes fewer jobs than there are cores where the memory is little", () => {
    expect(shares({ memory: 64 * MB })).toEqual({ jobs: 1, memory: 64 * MB });
    expect(shares({ memory: 10_000 * MB }).jobs).toBe(availableParallelism());
  });

  it("is refused when it is too little for the jobs that are asked for", () => {
    expect(() => shares({ jobs: 4, memory: 256 * MB })).toThrow(/raise it to 320 MB, or lower --jobs to 3/);
  });
});
