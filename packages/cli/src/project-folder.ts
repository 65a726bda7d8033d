import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigurationError } from "@tributary/flow";

/** The folder of saved queries that belongs to this installation: the nearest one above the code. */
export function queriesFolder(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, "queries");
    if (existsSync(join(candidate, "views"))) return candidate;
    if (dirname(folder) === folder) {
      throw new ConfigurationError(
        "no-queries",
        `there is no folder "queries" above ${start}: run from a complete checkout`,
      );
    }
  }
}
