import { fileSha256 } from "./file-hash.js";
import type { Lake } from "./lake.js";
import { explained } from "./lake-failure.js";
import { inLake, LakeLayout } from "./lake-layout.js";

/**
 * Records the checksums of files that have none, as they are now, in one commit: verify them before. Gives how many it recorded; stops
 * between files. Throws what `lakeFailure` explains.
 */
export async function recordChecksums(
  lake: Lake,
  names: readonly string[],
  mark: { readonly run: string; readonly at: string },
  signal?: AbortSignal,
): Promise<number> {
  if (names.length === 0) return 0;
  return explained(lake.folder, async () => {
    const commit = lake.begin(mark);
    let recorded = 0;
    try {
      await commit.change(async (staging) => {
        await staging.step("record-checksums");
        for (const name of names) {
          if (signal?.aborted) break;
          const sha256 = await fileSha256(inLake(lake.folder, name));
          const parquet = lake.state.parquet.get(name);
          const parked = lake.state.errors.get(name);
          if (parquet !== undefined) {
            const originSha256 = await fileSha256(inLake(lake.folder, LakeLayout.originOf(name)));
            staging.parquet.push({ ...parquet, sha256, originSha256 });
          } else if (parked !== undefined) staging.errors.push({ ...parked, sha256 });
          recorded++;
        }
      });
      if (recorded > 0) await commit.finish({ inputs: [] });
    } finally {
      // Does nothing after a commit that came to count.
      await commit.abandon();
    }
    return recorded;
  });
}
