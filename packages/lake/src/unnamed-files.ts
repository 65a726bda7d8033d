import { type Finding, notice, problem } from "./finding.js";
import type { Lake } from "./lake.js";
import { LakeLayout } from "./lake-layout.js";
import { COMMITTED_NAME, filesUnder } from "./lake-recovery.js";

/** The files in a lake's folders of data that its manifest does not name. */
export async function* unnamedFiles(lake: Lake): AsyncGenerator<Finding> {
  const { parquet, errors } = lake.state;
  const origins = new Set([...parquet.keys()].map((path) => LakeLayout.originOf(path)));
  for (const folder of [LakeLayout.data, LakeLayout.errors, LakeLayout.origin]) {
    for await (const name of filesUnder(lake.folder, folder)) {
      if (parquet.has(name) || errors.has(name) || origins.has(name)) continue;
      yield findingFor(name, lake.settings.source);
    }
  }
}

function findingFor(name: string, source: string): Finding {
  const own = !name.startsWith(`${LakeLayout.data}/`) || name.startsWith(`${LakeLayout.data}/${source}/`);
  if (own && COMMITTED_NAME.test(name.slice(name.lastIndexOf("/") + 1))) {
    return notice(
      "leftover-file",
      name,
      "left by an interrupted run, or of one under way: it does not count, and the next run removes it",
    );
  }
  if (name.startsWith(`${LakeLayout.data}/`) && name.endsWith(".parquet")) {
    return problem(
      "foreign-file",
      name,
      "no commit names it: queries here pass it over, but other tools that read the folder count its rows; move it away",
    );
  }
  return notice("foreign-file", name, "no commit names it: it does not count, and nothing removes it");
}
