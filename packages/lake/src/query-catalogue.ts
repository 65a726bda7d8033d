import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { ConfigurationError } from "@tributary/flow";
import { parseSavedQuery, type SavedQuery } from "./saved-query.js";

/** The saved queries of a folder, by name. */
export class QueryCatalogue {
  private constructor(
    readonly folder: string,
    private readonly byName: ReadonlyMap<string, SavedQuery>,
  ) {}

  /** Reads and checks every `.sql` file of the folder. Throws `bad-query` with file and line, and `no-queries`. */
  static async read(folder: string): Promise<QueryCatalogue> {
    const names = await readdir(folder).catch((cause: unknown) => {
      throw new ConfigurationError(
        "no-queries",
        `${folder} cannot be read: name the folder that holds the saved queries`,
        { cause },
      );
    });
    const queries = new Map<string, SavedQuery>();
    for (const file of names.filter((name) => name.endsWith(".sql")).sort()) {
      const path = join(folder, file);
      const query = parseSavedQuery(await readFile(path, "utf8"), path);
      if (query.name !== basename(file, ".sql")) {
        throw new ConfigurationError(
          "bad-query",
          `${path}:1: @name is ${query.name}: give file and query the same name`,
        );
      }
      queries.set(query.name, query);
    }
    return new QueryCatalogue(folder, queries);
  }

  /** All queries, by name. */
  list(): readonly SavedQuery[] {
    return [...this.byName.values()];
  }

  /** Throws `unknown-query`, listing what there is. */
  get(name: string): SavedQuery {
    const query = this.byName.get(name);
    if (query !== undefined) return query;
    throw new ConfigurationError(
      "unknown-query",
      `there is no query ${JSON.stringify(name)}: use ${[...this.byName.keys()].join(", ")}`,
    );
  }
}
