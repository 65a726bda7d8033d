import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tributary } from "./command.js";
import { localRun, put, vpcLines, workFolder } from "./local-run.js";

describe("help", () => {
  it.each([["run"], ["query"], ["sample"]])("of %s names its options and shows examples", async (command) => {
    const { code, stdout, stderr } = await tributary([command, "--help"]);

    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toContain(`Usage: tributary ${command} [options]`);
    expect(stdout).toContain(`Examples:\n  tributary ${command} `);
  });

  it("of the command names its subcommands, how to begin, and the exit codes", async () => {
    const { code, stdout } = await tributary(["--help"]);

    expect(code).toBe(0);
    for (const command of ["run", "query", "sample", "demo"]) expect(stdout).toMatch(new RegExp(`^  ${command} `, "m"));
    expect(stdout).toContain("Start with:\n  tributary run ./logs");
    expect(stdout).toMatch(/Exit codes: 0 ok.*130 interrupted/);
  });

  it("is what no arguments give, as wrong usage", async () => {
    const { code, stdout, stderr } = await tributary([]);

    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("Usage: tributary [options] [command]");
  });

  it("tells the version", async () => {
    const { code, stdout } = await tributary(["--version"]);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("wrong usage", () => {
  it.each([
    [["rnu"], /unknown command 'rnu'.*Did you mean run/s],
    [["run"], /missing required argument 'path'/],
    [["run", "--lakes", "x", "a"], /unknown option '--lakes'.*Did you mean --lake/s],
    [["run", "--account", "12", "a"], /'12' is invalid.*12 digits/s],
    [["run", "--time", "yesterday", "a"], /'yesterday' is invalid.*2026-10-14T12:00:00Z/s],
    [["run", "--lake-region", "../x", "a"], /'\.\.\/x' is invalid.*eu-central-1/s],
    [["run", "--format", "srcaddr srcaddr", "a"], /srcaddr twice: remove one/],
    [["run", "--commit-every", "0", "a"], /'0' is invalid.*20 or 0\.5/s],
    [["run", "--compression", "zip", "a"], /'zip' is invalid.*zstd, snappy/s],
    [["run", "--output", "xml", "a"], /'xml' is invalid.*table, json, jsonl, csv, markdown/s],
    [["run", "--memory", "63MB", "a"], /'63MB' is invalid.*at least 64MB/s],
    [["query", "top-talkers", "--memory", "1MB"], /'1MB' is invalid.*at least 64MB/s],
    [["query"], /give the name of a saved query, or --sql, or --list/],
    [["query", "top-talkers", "--sql", "select 1"], /give the name of a saved query, or --sql, or --list/],
    [["query", "top-talkers", "--param", "days"], /'days' is invalid.*days=30/s],
    [["sample", "--out", "x"], /required option '-n, --flows <n>'/],
  ])("%j ends with 2, says what is wrong and points to the help", async (args, message) => {
    const { code, stdout, stderr } = await tributary(args, { cwd: workFolder() });

    expect(stderr).toMatch(message);
    expect(stderr).toContain("--help");
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});

describe("wrong configuration", () => {
  it.each([
    ["an unknown query", ["query", "top-walkers"], /top-walkers.*top-talkers/s],
    ["an unknown parameter", ["query", "top-talkers", "--param", "day=3"], /day.*days/s],
    [
      "a parameter of the wrong type",
      ["query", "top-talkers", "--param", "days=x"],
      /parameter days: "x" is not of type integer: write it/,
    ],
    [
      "a parameter of typed SQL",
      ["query", "--sql", "select 1", "--param", "days=3"],
      /--param goes with a saved query/,
    ],
    ["two statements", ["query", "--sql", "select 1; select 2"], /2 statements.*one query at a time/],
    ["a statement that writes", ["query", "--sql", "create table x (a int)"], /does not read.*SELECT/],
    ["no SQL", ["query", "--sql", " "], /no SQL.*give a query/],
  ])("%s ends with 3 and names the remedy", async (_what, args, message) => {
    const folder = workFolder();
    await localRun(join(folder, "lake"), [put(folder, "a.log", vpcLines(0, 1))]);

    const { code, stdout, stderr } = await tributary(args, { cwd: folder });

    expect(stderr).toMatch(/^tributary: /);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(code).toBe(3);
  });

  it("a lake that is not there ends with 3 and names the folder", async () => {
    const folder = workFolder();

    const { code, stderr } = await tributary(["query", "top-talkers", "--lake", "nowhere"], { cwd: folder });

    expect(stderr).toContain(`${join(folder, "nowhere")} holds no lake`);
    expect(code).toBe(3);
  });

  it("a lake that is a file ends with 3 and names it with the remedy", async () => {
    const folder = workFolder();
    const lake = put(folder, "lake", "");
    put(folder, "a.log", vpcLines(0, 1));

    const { code, stderr } = await tributary(["run", "a.log"], { cwd: folder });

    expect(stderr).toContain(`${lake} is a file, or goes through one: give the lake a folder of its own`);
    expect(code).toBe(3);
  });

  it("a sample into a folder that holds something ends with 3 and leaves it alone", async () => {
    const folder = workFolder();
    put(folder, "out/mine.txt", "x");

    const { code, stderr } = await tributary(["sample", "--flows", "10", "--out", "out"], { cwd: folder });

    expect(stderr).toMatch(/^tributary: .*out.*empty/);
    expect(code).toBe(3);
  });

  it("a folder of another origin is not taken for a lake", async () => {
    const folder = workFolder();
    mkdirSync(join(folder, "lake/ext/other"), { recursive: true });
    put(folder, "a.log", vpcLines(0, 1));

    const { code, stderr } = await tributary(["run", "a.log"], { cwd: folder });

    expect(stderr).toMatch(/already holds files of another origin: use an empty folder/);
    expect(code).toBe(3);
  });
});

it("SQL that does not run ends with 1 and the engine's message", async () => {
  const folder = workFolder();
  await localRun(join(folder, "lake"), [put(folder, "a.log", vpcLines(0, 1))]);

  const { code, stdout, stderr } = await tributary(["query", "--sql", "select nonsense from traffic"], { cwd: folder });

  expect(stderr).toMatch(/^tributary: .*nonsense/);
  expect(stderr).not.toContain("at ");
  expect(stdout).toBe("");
  expect(code).toBe(1);
});
