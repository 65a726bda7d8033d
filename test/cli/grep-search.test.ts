import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { COMMON_FORMATS, FlowMatch } from "@tributary/flow";
import { describe, expect, it, vi } from "vitest";
import { FlowLines } from "../../packages/cli/src/grep/flow-lines.js";
import { FlowSearch, type FoundFlows, type SearchOptions } from "../../packages/cli/src/grep/flow-search.js";
import { countPieces, flowPieces, type SearchForm } from "../../packages/cli/src/grep/search-output.js";
import { searchSummary } from "../../packages/cli/src/grep/search-summary.js";
import { fileStore } from "../../packages/cli/src/ingest/file-bytes.js";
import { PathListing } from "../../packages/cli/src/ingest/input-listing.js";
import { Style } from "../../packages/cli/src/terminal/style.js";
import { azureBlob, HEADER, put, START, vpcLine, vpcLines, workFolder } from "./local-run.js";

interface Searched {
  readonly search: FlowSearch;
  readonly found: readonly FoundFlows[];
  readonly notes: readonly string[];
}

function searchOf(terms: string, changes: Partial<SearchOptions> = {}) {
  const notes: string[] = [];
  const search = new FlowSearch({
    match: changes.match ?? FlowMatch.parse([terms]),
    formats: COMMON_FORMATS,
    onNote: (note) => notes.push(note),
    ...changes,
  });
  return { search, notes };
}

function inputsOf(search: FlowSearch, paths: readonly string[]) {
  const report = { problem: search.problem.bind(search), outside: () => undefined };
  return { inputs: new PathListing(paths).inputs(report), store: fileStore };
}

async function searched(
  terms: string,
  paths: readonly string[],
  changes: Partial<SearchOptions> = {},
): Promise<Searched> {
  const { search, notes } = searchOf(terms, changes);
  const found: FoundFlows[] = [];
  for await (const flows of search.flows(inputsOf(search, paths))) found.push(flows);
  expect(search.isAccounted).toBe(true);
  return { search, found, notes };
}

const rawOf = ({ found }: Searched) => found.flatMap(({ flows }) => flows.map(({ raw }) => raw));

async function outputOf(
  form: SearchForm,
  terms: string,
  paths: readonly string[],
  { width = undefined as number | undefined, count = false } = {},
) {
  const { search } = searchOf(terms);
  const pieces = count ? countPieces : flowPieces;
  let text = "";
  const options = { form, style: Style(false), width, note: () => undefined };
  for await (const piece of pieces(search.flows(inputsOf(search, paths)), options)) text += piece;
  return text;
}

/** A folder with plain and compressed lines, a blob and a file that holds no flows. */
function logs(): string {
  const folder = workFolder();
  put(folder, "a.log", `${HEADER}\n${vpcLines(0, 50)}`);
  put(folder, "b.log.gz", gzipSync(`${HEADER}\n${vpcLines(50, 100)}`));
  put(folder, "c.json", azureBlob("vnet-v4.json"));
  put(folder, "readme.txt", "nothing of interest\n");
  return folder;
}

describe("a search", () => {
  it("makes what it compares lines with once, however many files there are", async () => {
    const compiled = async (files: number): Promise<number> => {
      const folder = workFolder();
      for (let file = 0; file < files; file++) put(folder, `${file}.log`, `${HEADER}\n${vpcLines(0, 2)}`);
      const match = FlowMatch.parse(["tcp"]);
      const tests = vi.spyOn(match, "tests");
      const { search } = await searched("", [folder], { match });
      expect(search.inputs).toBe(files);
      return tests.mock.calls.length;
    };
    const once = await compiled(1);
    expect(once).toBeGreaterThan(0);
    expect(await compiled(5)).toBe(once);
  });

  it("gives the matching flows of all inputs, in order", async () => {
    const result = await searched(`${1024 + 3},${1024 + 70},${1024 + 20}`, [logs()]);
    expect(rawOf(result)).toEqual([vpcLine(3), vpcLine(20), vpcLine(70)]);
    expect(result.found.flatMap(({ flows }) => flows.map(({ position }) => position))).toEqual(["5", "22", "22"]);
    const { search } = result;
    expect([search.inputs, search.withoutFlows, search.matched]).toEqual([3, 1, 3]);
  });

  it("gives the flows of a time, to the second", async () => {
    const at = { from: (START + 10) * 1000, to: (START + 13) * 1000 };
    const result = await searched("tcp", [join(logs(), "a.log")], at);
    expect(rawOf(result)).toEqual([vpcLine(10), vpcLine(11), vpcLine(12)]);
    expect(result.search.skipped).toEqual({ "other-time": 47 });
  });

  it("stops at the limit", async () => {
    const result = await searched("tcp", [logs()], { limit: 60 });
    expect(rawOf(result)).toHaveLength(60);
    expect(searchSummary(result.search)).toMatch(/^60 of .* 2 files.*Stopped at the limit: there may be more\.$/);
  });

  it("counts odd lines, and names them in the summary", async () => {
    const folder = workFolder();
    const bad = vpcLine(1).replace("198.51.100.7", "198.51.100.777");
    put(folder, "a.log", `${HEADER}\n${vpcLine(0)}\n${bad}\n1 2 3\n${vpcLine(2).replace("10.0", "10.9")}\n`);
    const { search } = await searched("10.0.0.0/16", [folder]);
    expect(searchSummary(search)).toBe(
      "1 of 4 flows matches, 1 file, 2 could not be read as flows (bad-field 1, field-count 1).",
    );
  });

  it("says what could not be opened or read to its end, and searches the rest", async () => {
    const folder = logs();
    const cut = put(folder, "d.log.gz", gzipSync(`${HEADER}\n${vpcLines(0, 5000)}`).subarray(0, 5000));
    const { search, notes } = await searched(String(1024 + 3), [folder, join(folder, "none.log")]);
    expect(search.problems.map(({ reason }) => reason).sort()).toEqual(["cut-off", "missing"]);
    expect(notes.some((note) => note.startsWith(`${cut}: its gzip data ends too early`))).toBe(true);
    expect(search.matched).toBe(2);
  });

  it("takes the account given for lines that name none", async () => {
    const folder = workFolder();
    put(folder, "a.log", "srcaddr dstaddr\n10.0.0.1 10.0.0.2\n");
    expect((await searched("111122223333", [folder])).search.matched).toBe(0);
    expect((await searched("111122223333", [folder], { account: "111122223333" })).search.matched).toBe(1);
  });

  it("reads standard input after the files", async () => {
    const { search } = searchOf(String(1024 + 7));
    const empty = workFolder();
    mkdirSync(join(empty, "none"));
    const found: string[] = [];
    const source = {
      ...inputsOf(search, []),
      standardInput: Readable.from([Buffer.from(`${HEADER}\n${vpcLines(0, 20)}`)]),
    };
    for await (const { input, flows } of search.flows(source)) found.push(...flows.map(({ raw }) => `${input} ${raw}`));
    expect(found).toEqual([`- ${vpcLine(7)}`]);
  });

  it("says of NODATA lines of a wanted interface that they are none", async () => {
    const folder = workFolder();
    put(folder, "a.log", `${HEADER}\n2 111122223333 eni-0a1b2c3d - - - - - - - ${START} ${START + 60} - NODATA\n`);
    const { search } = await searched("eni-0a1b2c3d", [folder]);
    expect(searchSummary(search)).toBe("0 of 1 flow match, 1 file, 1 left out (nodata 1).");
  });
});

describe("the output of a search", () => {
  it("is one aligned line for people", async () => {
    const folder = workFolder();
    put(
      folder,
      "a.log",
      `${HEADER}\n${vpcLine(0)}\n${vpcLine(3)}\n2 111122223333 eni-1 2001:db8::1 2001:db8::2 50000 53 17 1 1234567 ${START} ${START} ACCEPT OK\n` +
        `2 111122223333 eni-1 10.0.0.1 10.0.0.2 0 0 1 1 84 ${START} ${START} ACCEPT OK\n`,
    );
    expect((await outputOf("text", "0.0.0.0/0,::/0", [folder])).split("\n")).toEqual([
      "2026-10-10T12:00:00Z  ACCEPT  tcp   10.0.0.0:1024         → 198.51.100.7:443              100 B       3 pkt  eni-0a1b2c3d4e5f60718",
      "2026-10-10T12:00:03Z  REJECT  tcp   10.0.0.3:1027         → 198.51.100.7:443              103 B       3 pkt  eni-0a1b2c3d4e5f60718",
      "2026-10-10T12:00:00Z  ACCEPT  udp   [2001:db8::1]:50000   → [2001:db8::2]:53        1,234,567 B       1 pkt  eni-1",
      "2026-10-10T12:00:00Z  ACCEPT  icmp  10.0.0.1              → 10.0.0.2                       84 B       1 pkt  eni-1",
      "",
    ]);
  });

  it.each([40, 60, 80, 100, 120])("fits %i columns of a terminal", async (width) => {
    const lines = (await outputOf("text", "tcp,udp", [logs()], { width })).trimEnd().split("\n");
    expect(lines.filter((line) => line.length > width)).toEqual([]);
    expect(lines[0]?.startsWith("2026-10-10T12:00:00Z  ACCEPT")).toBe(true);
  });

  it("names the rule of an Azure flow", async () => {
    const text = await outputOf("text", "0.0.0.0/0", [join(logs(), "c.json")]);
    expect(text).toMatch(/Rule_\w+$/m);
  });

  it("lets nothing from a log move the cursor", () => {
    const line = new FlowLines(Style(false), 200).line({
      input: "a",
      position: "1",
      time: undefined,
      action: undefined,
      protocol: undefined,
      src: undefined,
      srcPort: undefined,
      dst: undefined,
      dstPort: undefined,
      packetSrc: undefined,
      packetDst: undefined,
      bytes: undefined,
      packets: undefined,
      account: undefined,
      interface: "\u001b[2Jeni",
      rule: undefined,
      raw: "",
    });
    expect(line).toContain("\\x1b[2Jeni");
  });

  it("is the line as logged, or the tuple with its rule", async () => {
    const folder = logs();
    expect(await outputOf("raw", String(1024 + 3), [folder])).toBe(`${vpcLine(3)}\n`);
    expect(await outputOf("raw", "0.0.0.0/0", [join(folder, "c.json")])).toMatch(/^\d{13},[^ ]+ \w+$/m);
  });

  it("is JSON lines with named values", async () => {
    const folder = logs();
    expect(JSON.parse(await outputOf("jsonl", String(1024 + 3), [folder]))).toEqual({
      time: "2026-10-10T12:00:03Z",
      action: "REJECT",
      protocol: "tcp",
      src: "10.0.0.3",
      src_port: 1027,
      dst: "198.51.100.7",
      dst_port: 443,
      pkt_src: null,
      pkt_dst: null,
      bytes: 103,
      packets: 3,
      account: "111122223333",
      interface: "eni-0a1b2c3d4e5f60718",
      rule: null,
      input: join(folder, "a.log"),
      position: "5",
      raw: vpcLine(3),
    });
  });

  it("is CSV with a header", async () => {
    const lines = (await outputOf("csv", String(1024 + 3), [logs()])).split("\r\n");
    expect(lines[0]).toMatch(/^time,action,protocol,src,src_port,/);
    expect(lines).toHaveLength(3);
  });

  it("is the number of each file alone", async () => {
    const folder = logs();
    const lines = (await outputOf("text", "443", [folder], { count: true })).trimEnd().split("\n");
    expect(lines.slice(0, 2)).toEqual([
      `          50  ${join(folder, "a.log")}`,
      `          50  ${join(folder, "b.log.gz")}`,
    ]);
    expect(await outputOf("csv", String(1024 + 70), [folder], { count: true })).toBe(
      `input,flows\r\n${join(folder, "b.log.gz")},1\r\n`,
    );
  });
});
