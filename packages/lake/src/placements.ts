import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFile, syncFolder } from "./durable-file.js";
import { inLake } from "./lake-layout.js";

/** Staged files and where in the lake they belong. */
export class Placements {
  readonly #files: { readonly from: string; readonly to: string }[] = [];

  constructor(private readonly root: string) {}

  /** `to` is a name of the lake. */
  add(from: string, to: string): void {
    this.#files.push({ from, to });
  }

  /** Moves all into place; when it returns they would survive a power cut. `step` is called before each change. */
  async place(step: (name: string) => Promise<void>): Promise<void> {
    const folders = new Set<string>();
    for (const { from, to } of this.#files) {
      await step("sync");
      await syncFile(from);
      const target = inLake(this.root, to);
      await mkdir(dirname(target), { recursive: true });
      // A new folder's name is kept by the folder above it.
      for (let folder = dirname(target); !folders.has(folder); folder = dirname(folder)) {
        folders.add(folder);
        if (folder === this.root) break;
      }
      await step("place");
      await rename(from, target);
    }
    await step("sync-folders");
    for (const folder of folders) await syncFolder(folder);
  }

  /** Removes from the lake what was moved there. */
  async undo(): Promise<void> {
    for (const { to } of this.#files) await rm(inLake(this.root, to), { force: true });
  }
}
