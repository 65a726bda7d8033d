import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const source = fileURLToPath(new URL("../../packages/simulator/src/", import.meta.url));
const IMPURE = /Date\.now|new Date\(\)|performance\.|process\.|setTimeout|setInterval|Math\.random|node:fs|aws-sdk/;

it.each(readdirSync(source))("%s reads no wall clock, file, environment or chance", (file) => {
  expect(readFileSync(source + file, "utf8")).not.toMatch(IMPURE);
});
