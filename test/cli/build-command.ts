import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PACKAGES = fileURLToPath(new URL("../../packages", import.meta.url));
const BUNDLE = `${PACKAGES}/cli/dist/main.js`;

/** Builds the command once before all tests, when it is older than its sources. */
export default function setup(): void {
  const sources = readdirSync(PACKAGES).flatMap((name) => sourcesOf(`${PACKAGES}/${name}/src`));
  const newest = Math.max(...[`${PACKAGES}/cli/build.mjs`, ...sources].map((path) => statSync(path).mtimeMs));
  if (existsSync(BUNDLE) && statSync(BUNDLE).mtimeMs >= newest) return;
  execFileSync(process.execPath, [`${PACKAGES}/cli/build.mjs`], { stdio: "inherit" });
}

function sourcesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|json)$/.test(name))
    .map((name) => `${folder}/${name}`);
}
