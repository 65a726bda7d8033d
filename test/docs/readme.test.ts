import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMMON_FORMATS, Parked, packLines, parseAzureRecord, recordBlobKey } from "@tributary/flow";
import { parseSavedQuery, QueryCatalogue } from "@tributary/lake";
import { FlowTransform } from "@tributary/transform";
import { describe, expect, it } from "vitest";
import { anchors, codeBlocks, codeSpans, linkTargets, tableRows } from "./markdown.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), "utf8");
const docs = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
const pages = new Map(["README.md", ...docs.map((name) => `docs/${name}`)].map((name) => [name, read(name)]));
const page = (name: string): string => pages.get(name) ?? "";
const catalogue = await QueryCatalogue.read(join(root, "queries"));
const helps = new Map<string, Help>();
/** Every command and subcommand; empty for the program itself. */
const commands = commandsBelow("");
/** Saved queries that a page itself defines as an example. */
const exampleQueries = [...pages].flatMap(([name, text]) =>
  codeBlocks(text)
    .filter((block) => block.text.startsWith("-- @name"))
    .map((block) => parseSavedQuery(block.text.trimEnd(), name)),
);

describe.each([...pages])("%s", (name, text) => {
  it("links to files and headings that exist", () => {
    const broken = linkTargets(text)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? name : join(dirname(name), path);
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !anchors(page(file)).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  it("names only saved queries that exist", () => {
    const known = new Set([...catalogue.list(), ...exampleQueries].map((query) => query.name));
    const asked = commandsOf(text).flatMap(({ command, words }) =>
      command === "query" && /^[a-z]/.test(words[0] ?? "") ? [words[0]] : [],
    );
    expect(asked.filter((query) => !known.has(query ?? ""))).toEqual([]);
  });

  it("gives saved queries only parameters that they have", () => {
    const unknown = commandsOf(text).flatMap(({ words }) => {
      const query = [...catalogue.list(), ...exampleQueries].find((one) => one.name === words[0]);
      const given = words.flatMap((word, at) =>
        /^(--param|-p)$/.test(words[at - 1] ?? "") ? [word.split("=")[0]] : [],
      );
      return given.filter((one) => query?.parameters.every((parameter) => parameter.name !== one) ?? true);
    });
    expect(unknown).toEqual([]);
  });

  it("uses only commands and options that --help shows", () => {
    const unknown = commandsOf(text).flatMap(({ command, words }) => {
      const { options, subcommands } = helpOf(command);
      const isGroup = command !== "" && subcommands.length > 0;
      if (isGroup && /^[a-z]/.test(words[0] ?? "")) return [`${command} ${words[0]}`];
      return words.filter((word) => /^--?[a-z]/.test(word) && !options.has(word)).map((word) => `${command} ${word}`);
    });
    expect(unknown).toEqual([]);
  });

  it("names only options that some command has", () => {
    const options = new Set(commands.flatMap((command) => [...helpOf(command).options]));
    const named = codeSpans(text).flatMap((span) => /^--[a-z-]+/.exec(span)?.[0] ?? []);
    expect(named.filter((option) => !options.has(option))).toEqual([]);
  });
});

describe("the command", () => {
  it("shows in its help all commands and subcommands", () => {
    expect(commands).toEqual(expect.arrayContaining(["run", "explain", "inventory collect", "lake enrich"]));
  });
});

describe("README.md", () => {
  it("lists every saved query with the question that it answers", () => {
    expect(tableRows(page("README.md"), "query", "answers")).toEqual(
      catalogue.list().map(({ name, answers }) => [`\`${name}\``, answers]),
    );
  });

  it("gives npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(["start", "test"]));
    expect(page("README.md")).toContain("npm ci && npm start");
  });
});

describe("docs/formats.md", () => {
  it.each([
    ["ParkReason", "packages/flow/src/outcome.ts", "reason", "meaning"],
    ["SkipReason", "packages/flow/src/outcome.ts", "reason", "what it is"],
    ["InputProblemReason", "packages/cli/src/ingest/input-problem.ts", "problem", "what it is"],
  ])("lists exactly the values of %s", (type, source, ...heading) => {
    const declared = new RegExp(`export type ${type} =([^;]+);`).exec(read(source))?.[1] ?? "";
    const values = [...declared.matchAll(/"([a-z-]+)"/g)].map(([, value]) => `\`${value}\``);
    expect(values.length).toBeGreaterThan(2);
    expect(tableRows(page("docs/formats.md"), ...heading).map(([value]) => value)).toEqual(values);
  });

  it("lists every kind of input", () => {
    const declared = /FlowInputKind =([^;]+);/.exec(read("packages/cli/src/ingest/input-kind.ts"))?.[1] ?? "";
    const kinds = [...declared.matchAll(/"([a-z-]+)"/g)].map(([, kind]) => `\`${kind}\``);
    expect(
      tableRows(page("docs/formats.md"), "kind", "recognised by")
        .map(([kind]) => kind)
        .toSorted(),
    ).toEqual(kinds.toSorted());
  });
});

describe("docs/mapping.md", () => {
  const blocks = codeBlocks(page("docs/mapping.md"));
  const shown = blocks.filter(({ language }) => language === "json").map(({ text }) => JSON.parse(text) as Row);

  it("shows the row that its VPC line becomes", async () => {
    const [fields = "", ...lines] = (blocks.find(({ language }) => language === "vpc")?.text ?? "").trim().split("\n");
    const packed = packLines({ fields, key: "example", ids: lines.map((_, index) => index), lines });
    expect(await rowOf(packed)).toEqual(withTimes(shown[0]));
  });

  it("shows the row that its Azure record becomes", async () => {
    const text = blocks.find(({ language }) => language === "azure")?.text ?? "";
    const record = parseAzureRecord(JSON.parse(text));
    if (record instanceof Parked) throw new Error(record.message);
    const { header, groups } = record;
    const offset = '{"records":['.length;
    const packed = { tributary: { v: 1, kind: "azure" }, blob: recordBlobKey(header, groups), offset, header, groups };
    expect(await rowOf(JSON.stringify(packed))).toEqual(withTimes(shown[1]));
  });
});

type Row = Readonly<Record<string, unknown>>;

/** The row of a stream record with one flow: its document, and its place in the lake under the names that queries use. */
async function rowOf(data: string): Promise<Row> {
  const transform = new FlowTransform(
    {
      formats: COMMON_FORMATS,
      accountFromStream: false,
      timeFromArrival: false,
      observables: false,
      responseBudgetBytes: 5_500_000,
    },
    { put: () => Promise.resolve([]) },
  );
  const { response } = await transform.transform({
    invocationId: "example",
    deliveryStreamArn: "arn:aws:firehose:eu-central-1:111122223333:deliverystream/example",
    region: "eu-central-1",
    records: [{ recordId: "1", approximateArrivalTimestamp: 0, data: Buffer.from(data).toString("base64") }],
  });
  const [answer] = response.records;
  const document = JSON.parse(Buffer.from(answer?.data ?? "", "base64").toString("utf8")) as Row;
  const { accountId, eventDay } = answer?.metadata?.partitionKeys ?? {};
  return withTimes({ ...document, region: "local", accountid: accountId, eventday: eventDay });
}

/** A row with its timestamps as ms: the documents and DuckDB write them differently. */
function withTimes(row: Row | undefined): Row {
  return Object.fromEntries(
    Object.entries(row ?? {}).map(([name, value]) => [
      name,
      name.endsWith("_dt") ? Date.parse(String(value).replace(" ", "T").replace(/\+00$/, "Z")) : value,
    ]),
  );
}

interface GivenCommand {
  /** `run`, `inventory collect`, … or empty for the program itself. */
  readonly command: string;
  /** What follows it, quotes removed. */
  readonly words: readonly string[];
}

/** The `tributary` commands of a page, from its code blocks and spans. */
function commandsOf(text: string): readonly GivenCommand[] {
  const lines = [...codeBlocks(text).flatMap((block) => block.text.split("\n")), ...codeSpans(text)];
  return lines.flatMap((line) => {
    const found = /^(?:\$ )?(?:npx )?tributary(?: (.*))?$/.exec(line);
    if (found === null) return [];
    const typed = (found[1] ?? "").replace(/\s+#.*$/, "").replace(/ [>|].*$/, "");
    const words = [...typed.matchAll(/"([^"]*)"|(\S+)/g)].map(
      ([, quoted, plain]) => (quoted === undefined ? plain : " ") ?? "",
    );
    const [command = "", subcommand = "", ...rest] = words;
    if (command.startsWith("-")) return [{ command: "", words }];
    const both = `${command} ${subcommand}`;
    return [commands.includes(both) ? { command: both, words: rest } : { command, words: words.slice(1) }];
  });
}

/** What `--help` of a command shows. */
interface Help {
  /** The program's own hold for every command. */
  readonly options: ReadonlySet<string>;
  readonly subcommands: readonly string[];
}

/** Throws when there is no such command. */
function helpOf(command: string): Help {
  const known = helps.get(command);
  if (known !== undefined) return known;
  const words = [...command.split(" ").filter((word) => word !== ""), "--help"];
  const text = execFileSync(process.execPath, [join(root, "packages/cli/bin/tributary.cjs"), ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const listed = [...text.slice(text.indexOf("\nOptions:")).matchAll(/^ {2}(?:(-\w), )?(--[a-z-]+)/gm)];
  const own = listed.flatMap(([, short, long]) => [short, long].filter((option) => option !== undefined));
  const listing = /\nCommands:\n((?: {2}.*\n)+)/.exec(text)?.[1] ?? "";
  const names = [...listing.matchAll(/^ {2}([a-z-]+)/gm)].flatMap(([, name = ""]) => (name === "help" ? [] : [name]));
  const help = {
    options: new Set([...own, ...(command === "" ? [] : helpOf("").options)]),
    subcommands: names.map((name) => (command === "" ? name : `${command} ${name}`)),
  };
  helps.set(command, help);
  return help;
}

/** A command and all that stand below it. */
function commandsBelow(command: string): readonly string[] {
  return [command, ...helpOf(command).subcommands.flatMap(commandsBelow)];
}
