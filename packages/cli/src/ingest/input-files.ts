import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { type InputProblem, UnreadableInput, unreadable } from "./input-problem.js";

/** A file or object to read. `named` when the user gave its own path, not that of a folder above it. */
export interface FoundInput {
  readonly path: string;
  readonly size: number;
  readonly named: boolean;
  /** The object store's name of its content, where it has one. */
  readonly etag?: string;
}

export interface InputFiles {
  readonly files: readonly FoundInput[];
  readonly problems: readonly InputProblem[];
}

/** How buckets are named elsewhere. */
const NO_FILE = /^(?:https?:\/\/|arn:aws|s3:\/?[^/])/i;
const LIKE_A_BUCKET = "there is no such file: a bucket is written s3://bucket/prefix";

/** `-`, standard input: not a path. */
export const STANDARD_INPUT = "-";

/**
 * The files under the given paths, absolute, each once, folders in order of names so that runs repeat. Hidden files and folders are
 * left out of folders, and so are `except`, the lake itself and the inventory, wherever they lie and by whatever path. Links to folders
 * are not followed: they may form circles.
 */
export async function listInputs(paths: readonly string[], except: readonly string[]): Promise<InputFiles> {
  const files = new Map<string, FoundInput>();
  const problems: InputProblem[] = [];
  const left = await Promise.all(except.map((path) => stat(path)));
  const isLeftOut = (found: Stats): boolean => left.some(({ ino, dev }) => found.ino === ino && found.dev === dev);

  async function visit(path: string, named: boolean, given = path): Promise<void> {
    try {
      const found = await stat(path);
      if (isLeftOut(found)) return;
      if (found.isDirectory()) {
        const entries = await readdir(path, { withFileTypes: true });
        entries.sort((a, b) => (a.name < b.name ? -1 : 1));
        for (const entry of entries) {
          if (entry.name.startsWith(".")) continue;
          const child = join(path, entry.name);
          if (entry.isDirectory() || entry.isFile()) await visit(child, false);
          else if (entry.isSymbolicLink() && (await isFile(child))) await visit(child, false);
        }
      } else if (!found.isFile()) {
        throw new UnreadableInput(
          "unreadable",
          "it is a pipe or device: give its content to standard input, as in run -",
        );
      } else if (!files.has(path)) {
        files.set(path, { path, size: found.size, named });
      }
    } catch (error) {
      const { reason, message } = unreadable(error);
      // Only readers of lines throw it.
      if (reason === "grew-inside-line") throw error;
      problems.push({ path, reason, message: named && NO_FILE.test(given) ? LIKE_A_BUCKET : message });
    }
  }

  for (const path of paths) {
    if (path === STANDARD_INPUT) continue;
    const root = resolve(path);
    await visit(root, true, path);
    const isBelow = (found: { readonly path: string }) => found.path === root || found.path.startsWith(join(root, sep));
    if (![...files.values()].some(isBelow) && !problems.some(isBelow)) {
      const message =
        "there are no files in it, hidden ones, the lake and the inventory aside: give the folder of your flow logs";
      problems.push({ path: root, reason: "no-files", message });
    }
  }
  return { files: [...files.values()], problems };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    // A dangling link: listed, so that reading it names it as missing.
    return true;
  }
}
