import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** A package may use those that stand before it. */
const ORDER = [
  "flow",
  "context",
  "ocsf",
  "transform",
  "delivery",
  "azure",
  "findings",
  "netflow",
  "lake",
  "simulator",
  "siem",
  "operations",
  "functions",
  "cli",
];
/** Packages that know no service, clock or environment. */
const PURE = ["flow", "context", "ocsf", "transform", "delivery"];
const SCOPE = "@tributary/";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PACKAGES = readdirSync(join(ROOT, "packages")).filter((name) =>
  existsSync(join(ROOT, "packages", name, "package.json")),
);

interface Manifest {
  readonly name: string;
  readonly exports?: string | Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as Manifest;
const packageManifest = (name: string): Manifest => manifestOf(join("packages", name));

/** The names by which packages may be imported: their own, and entries such as `@tributary/context/ec2`. */
const EXPORTED: ReadonlySet<string> = new Set(
  PACKAGES.flatMap((name) => {
    const { exports } = packageManifest(name);
    const entries = typeof exports === "object" ? Object.keys(exports) : ["."];
    return entries.map((entry) => `${SCOPE}${name}${entry.slice(1)}`);
  }),
);

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    if (statSync(path).isDirectory()) return filesUnder(path);
    return /\.(?:ts|tsx|mts|js|mjs)$/.test(entry) ? [path] : [];
  });
}

const sourceFiles = (name: string): string[] => filesUnder(join(ROOT, "packages", name, "src"));
const short = (path: string): string => relative(ROOT, path).split(sep).join("/");

/** Source without comments; text in quotes stays, since that is where imports name their modules. */
function codeOf(path: string): string {
  return readFileSync(path, "utf8").replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, quoted?: string) => quoted ?? "",
  );
}

/** The modules that a file imports, re-exports or loads. */
function importsOf(path: string): string[] {
  const found = codeOf(path).matchAll(
    /(?:^|[\s;}])(?:import|export)\s(?:[^"';]*?\sfrom\s)?\s*["']([^"']+)["']|\b(?:import|require|require\.resolve|import\.meta\.resolve)\(\s*["'`]([^"'`]+)["'`]/g,
  );
  return [...found].map(([, named, loaded]) => named ?? loaded ?? "");
}

function packageOf(specifier: string): string {
  const [scope = "", name = ""] = specifier.split("/");
  return specifier.startsWith("@") ? `${scope}/${name}` : scope;
}

const isBuiltin = (specifier: string): boolean => specifier.startsWith("node:") || builtinModules.includes(specifier);
const isRelative = (specifier: string): boolean => specifier.startsWith(".") || specifier.startsWith("/");

const usedBy = (name: string): ReadonlySet<string> =>
  new Set(
    sourceFiles(name)
      .flatMap(importsOf)
      .filter((specifier) => !isRelative(specifier) && !isBuiltin(specifier))
      .map(packageOf),
  );

describe("the way this test reads sources", () => {
  it("finds imports of every kind", () => {
    const specifiers = new Set(PACKAGES.flatMap(sourceFiles).flatMap(importsOf));
    expect(specifiers).toContain("@tributary/flow");
    expect(specifiers).toContain("node:zlib");
    expect(PACKAGES.flatMap(sourceFiles).length).toBeGreaterThan(60);
  });
});

describe("packages", () => {
  it("are all in the order", () => {
    expect(PACKAGES.filter((name) => !ORDER.includes(name))).toEqual([]);
  });

  it.each(PACKAGES)("%s is named after its folder", (name) => {
    expect(packageManifest(name).name).toBe(`${SCOPE}${name}`);
  });

  it.each(PACKAGES)("%s uses only packages before it", (name) => {
    const before = ORDER.slice(0, ORDER.indexOf(name)).map((earlier) => `${SCOPE}${earlier}`);
    const own = [...usedBy(name), ...Object.keys(packageManifest(name).dependencies ?? {})].filter((used) =>
      used.startsWith(SCOPE),
    );
    expect([...new Set(own)].filter((used) => !before.includes(used))).toEqual([]);
  });

  it.each(PACKAGES)("%s declares what it uses, and nothing else", (name) => {
    const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = packageManifest(name);
    const declared = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
    expect([...declared].sort()).toEqual([...usedBy(name)].sort());
  });

  it.each(PACKAGES)("%s reaches no other package's files by a path", (name) => {
    const folder = join(ROOT, "packages", name) + sep;
    const outside = sourceFiles(name).flatMap((path) =>
      importsOf(path)
        .filter((specifier) => isRelative(specifier) && !join(path, "..", specifier).startsWith(folder))
        .map((specifier) => `${short(path)} imports ${specifier}`),
    );
    expect(outside).toEqual([]);
  });

  it.each(PACKAGES)("%s imports others by what they export alone", (name) => {
    const deep = sourceFiles(name)
      .flatMap(importsOf)
      .filter((specifier) => specifier.startsWith(SCOPE) && !EXPORTED.has(specifier));
    expect(deep).toEqual([]);
  });
});

describe("versions", () => {
  const manifests = [".", ...PACKAGES.map((name) => join("packages", name))];

  it.each(manifests)("are pinned exactly in %s", (folder) => {
    const { dependencies, devDependencies, peerDependencies, optionalDependencies } = manifestOf(folder);
    const ranges = Object.entries({
      ...dependencies,
      ...devDependencies,
      ...peerDependencies,
      ...optionalDependencies,
    }).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(version));
    expect(ranges).toEqual([]);
  });

  it("are locked without download addresses, which would tie installation to one registry", () => {
    const lock = readFileSync(join(ROOT, "package-lock.json"), "utf8");
    expect(lock.match(/"resolved": "https?:[^"]*"/g) ?? []).toEqual([]);
    expect(lock).toContain('"integrity"');
  });
});

describe("DuckDB", () => {
  it("is imported by the lake and the command alone, so that no function bundles it", () => {
    const users = PACKAGES.filter((name) => [...usedBy(name)].some((used) => used.startsWith("@duckdb/")));
    expect(users.filter((name) => name !== "lake" && name !== "cli")).toEqual([]);
  });
});

describe("the pure packages", () => {
  /** `context/ec2` is the edge that loads the inventory. */
  const files = PURE.flatMap(sourceFiles).filter((path) => !short(path).startsWith("packages/context/src/ec2/"));

  it("import no SDK and nothing that reaches out", () => {
    const ALLOWED = /^(?:\.|@tributary\/|node:(?:zlib|crypto|buffer|util)$|lru-cache$)/;
    const reaching = files.flatMap((path) =>
      importsOf(path)
        .filter((specifier) => !ALLOWED.test(specifier))
        .map((specifier) => `${short(path)} imports ${specifier}`),
    );
    expect(reaching).toEqual([]);
  });

  it.each<[string, RegExp]>([
    ["the environment", /\bprocess\s*\.\s*(?:env|argv|cwd|exit|stdout|stderr)\b/],
    [
      "a clock",
      /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?![\s(]))|(?<!new\s)\bDate\s*\(|\bperformance\s*\.\s*now\b|\bhrtime\b/,
    ],
    ["chance", /\bMath\s*\.\s*random\b|\brandomUUID\b|\brandomBytes\b|\bgetRandomValues\b/],
    ["a timer", /\bset(?:Timeout|Interval|Immediate)\s*\(/],
    ["the network", /\bfetch\s*\(|\bWebSocket\b/],
    ["the console", /\bconsole\s*\./],
  ])("have nothing of %s", (_, pattern) => {
    const found = files.filter((path) => pattern.test(codeOf(path))).map(short);
    expect(found).toEqual([]);
  });

  it("have files", () => {
    for (const name of ["flow", "ocsf", "transform", "delivery"]) expect(sourceFiles(name).length).toBeGreaterThan(2);
  });
});
