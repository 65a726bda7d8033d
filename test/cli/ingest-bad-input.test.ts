import { chmodSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { encodeSnapshot, type InventorySnapshot } from "@tributary/context";
import { describe, expect, it } from "vitest";
import {
  azureBlob,
  HEADER,
  type LocalRun,
  lakeQuery,
  localRun,
  openLake,
  put,
  rowsOf,
  SHORT_FORMAT,
  START,
  shortLine,
  undisturbedRows,
  vpcLine,
  vpcLines,
  workFolder,
} from "./local-run.js";

const AGAIN = /fetch the file again/;

/** The one problem of a run, with its note; the note names the file, says what is wrong and what to do. */
function onlyProblem({ summary, notes }: LocalRun) {
  const { problems } = summary.inputs;
  expect(problems).toHaveLength(1);
  const [problem] = problems;
  expect(notes).toEqual([`${problem?.path}: ${problem?.message}`]);
  return problem;
}

async function parkedOf(
  lakeFolder: string,
): Promise<{ reason: string; position: number; raw: string; input: string }[]> {
  const lake = await openLake(lakeFolder, { readOnly: true });
  return lake
    .parkedFiles()
    .flatMap(({ path }) => readFileSync(join(lakeFolder, path), "utf8").trimEnd().split("\n"))
    .map((line) => JSON.parse(line) as { reason: string; position: number; raw: string; input: string });
}

/** Reads a broken file beside a good one, then the mended file: the good input counts at once, the rest with the second run. */
async function brokenThenMended(name: string, broken: string | Uint8Array, mended: string | Uint8Array) {
  const folder = workFolder();
  const good = put(folder, "inputs/good.log", vpcLines(90_000, 90_003));
  const path = put(folder, `inputs/${name}`, broken);
  const lake = join(folder, "lake");

  const first = await localRun(lake, [join(folder, "inputs")]);
  const rows = await rowsOf(lake);
  put(folder, `inputs/${name}`, mended);
  const second = await localRun(lake, [join(folder, "inputs")]);

  expect(second.summary.inputs.problems).toEqual([]);
  expect(await rowsOf(lake)).toEqual(await undisturbedRows([good, path]));
  return { first, path, rows, second };
}

describe("compressed input", () => {
  const LINES = 5_000;
  const text = `${HEADER}\n${vpcLines(0, LINES)}`;
  const whole = gzipSync(text);

  it("that ends too early gives what is there, is named, and the rest comes with the whole file", async () => {
    const cut = whole.subarray(0, Math.floor(whole.length * 0.7));

    const { first, path, rows } = await brokenThenMended("a.log.gz", cut, whole);

    expect(onlyProblem(first)).toMatchObject({ path, reason: "cut-off", message: expect.stringMatching(AGAIN) });
    // Deflate keeps the last block back; of what comes before nothing is missing.
    expect(rows.length - 3).toBeGreaterThan(LINES * 0.6);
    expect(first.summary.flows.delivered).toBe(rows.length);
  });

  it("that ends too early while it is small gives what is there as well", async () => {
    const cut = gzipSync(vpcLines(0, 400)).subarray(0, -9);

    const { first, rows } = await brokenThenMended("a.log.gz", cut, gzipSync(vpcLines(0, 400)));

    expect(onlyProblem(first)?.reason).toBe("cut-off");
    expect(rows.length - 3).toBeGreaterThan(300);
  });

  it("that is damaged in its second member gives the first, is named, and the rest comes with the whole file", async () => {
    const members = Buffer.concat([gzipSync(vpcLines(0, 5)), gzipSync(vpcLines(5, 9))]);
    const damaged = Buffer.from(members);
    const second = gzipSync(vpcLines(0, 5)).length;
    damaged.fill(0xff, second + 12, second + 40);

    const { first, path, rows } = await brokenThenMended("a.log.gz", damaged, members);

    expect(onlyProblem(first)).toMatchObject({ path, reason: "bad-gzip", message: expect.stringMatching(AGAIN) });
    expect(rows).toHaveLength(3 + 5);
  });

  it("that is damaged from its first byte on is named, and comes whole later", async () => {
    const damaged = Buffer.from(whole);
    damaged.fill(0xff, 10, 60);

    const { first, path, rows } = await brokenThenMended("a.log.gz", damaged, whole);

    expect(onlyProblem(first)).toMatchObject({ path, reason: "bad-gzip" });
    expect(rows).toHaveLength(3);
  });

  it("in which only the checksum is wrong is named", async () => {
    const damaged = Buffer.from(gzipSync(vpcLines(0, 5)));
    damaged[damaged.length - 8] = (damaged[damaged.length - 8] ?? 0) ^ 1;

    const { first } = await brokenThenMended("a.log.gz", damaged, gzipSync(vpcLines(0, 5)));

    expect(onlyProblem(first)?.reason).toBe("bad-gzip");
  });
});

describe("an Azure blob", () => {
  const blob = azureBlob("growing-3.json");
  const second = blob.indexOf(`,{"time":"2026-04-02T18:31:50`);
  const third = blob.indexOf(`,{"time":"2026-04-02T18:32:50`);

  it("with a record that is no JSON parks that one, with its place and text, and reads the others", async () => {
    const folder = workFolder();
    const broken = `${blob.slice(0, second)},{"time": oops}${blob.slice(second)}`;
    const path = put(folder, "PT1H.json", broken);

    const { summary } = await localRun(join(folder, "lake"), [path]);

    expect(summary.inputs.problems).toEqual([]);
    expect(summary.flows).toMatchObject({ read: 5, delivered: 4, parked: { "invalid-json": 1 } });
    expect(await parkedOf(join(folder, "lake"))).toMatchObject([
      { reason: "invalid-json", position: second + 1, raw: `{"time": oops}`, input: path },
    ]);
  });

  it("with a record that lost its end parks that one and reads the others", async () => {
    const folder = workFolder();
    const torn = `${blob.slice(0, third - 60)}${blob.slice(third)}`;
    const path = put(folder, "PT1H.json", torn);

    const { summary } = await localRun(join(folder, "lake"), [path]);

    expect(summary.inputs.problems).toEqual([]);
    expect(summary.flows).toMatchObject({ read: 4, delivered: 3, parked: { "invalid-json": 1 } });
    expect(await rowsOf(join(folder, "lake"))).toHaveLength(3);
  });

  it("that ends inside a record gives the whole ones, is named, and the rest comes with the whole blob", async () => {
    const { first, path, rows } = await brokenThenMended("PT1H.json", blob.slice(0, third + 200), blob);

    const problem = onlyProblem(first);
    expect(problem).toMatchObject({ path, reason: "cut-off" });
    expect(problem?.message).toContain(`inside the record at byte ${third + 1}: fetch the blob again`);
    expect(rows).toHaveLength(3 + 2);
    expect(first.summary.flows.parked).toEqual({});
  });

  it("that has a torn record and ends inside another gives the good ones", async () => {
    const torn = `${blob.slice(0, second - 60)}${blob.slice(second, third + 200)}`;
    const folder = workFolder();
    const path = put(folder, "PT1H.json", torn);

    const run = await localRun(join(folder, "lake"), [path]);

    expect(onlyProblem(run)?.reason).toBe("cut-off");
    expect(run.summary.flows).toMatchObject({ read: 2, delivered: 1, parked: { "invalid-json": 1 } });
  });

  it("that is torn in the same way at the next run adds nothing", async () => {
    const folder = workFolder();
    const path = put(folder, "PT1H.json", blob.slice(0, third + 200));
    const lake = join(folder, "lake");
    await localRun(lake, [path]);
    const rows = await rowsOf(lake);

    const again = await localRun(lake, [path]);

    expect(onlyProblem(again)?.reason).toBe("cut-off");
    expect(await rowsOf(lake)).toEqual(rows);
    expect(again.summary.flows.read).toBe(0);
  });
});

describe("lines", () => {
  it("with a wrong number of fields are parked with their number and text", async () => {
    const folder = workFolder();
    const path = put(
      folder,
      "a.log",
      `${HEADER}\n${vpcLine(0)}\n2 111122223333 eni-1\n${vpcLine(1)}\n${vpcLine(2)} surplus\n`,
    );

    const { summary } = await localRun(join(folder, "lake"), [path]);

    expect(summary.flows).toEqual({ read: 4, delivered: 2, skipped: {}, parked: { "field-count": 2 } });
    expect(await parkedOf(join(folder, "lake"))).toMatchObject([
      { position: 3, raw: "2 111122223333 eni-1", input: path },
      { position: 5, raw: `${vpcLine(2)} surplus`, input: path },
    ]);
  });

  it("under a header with a field of a later version are read, and its values are kept", async () => {
    const folder = workFolder();
    const path = put(folder, "a.log", `${HEADER} flow-mood\n${vpcLine(0)} cheerful\n`);

    const { summary, notes } = await localRun(join(folder, "lake"), [path]);

    expect(notes).toEqual([
      `${path}: field "flow-mood" is in none of versions 2 to 11: its values are kept in unmapped; check the spelling`,
    ]);
    expect(summary.flows).toMatchObject({ read: 1, delivered: 1, parked: {} });
    const rows = await lakeQuery(join(folder, "lake"), "SELECT map_values(unmapped)::VARCHAR FROM $rows");
    expect(rows[0]?.[0]).toContain("cheerful");
  });

  it("under headers with unknown fields give one note for the file, and one for each --format", async () => {
    const folder = workFolder();
    const path = put(folder, "a.log", `${HEADER} mood whim\n${vpcLine(0)} a b\n${HEADER} mood\n${vpcLine(1)} a\n`);

    const { notes } = await localRun(join(folder, "lake"), [path], {
      formats: [SHORT_FORMAT, `${SHORT_FORMAT} protcol`, `${SHORT_FORMAT} packtes`],
    });

    expect(notes).toEqual([
      expect.stringMatching(/^--format: field "protcol" is in none .* check the spelling$/),
      expect.stringMatching(/^--format: field "packtes" is in none /),
      expect.stringContaining(`${path}: fields "mood", "whim" are in none of versions 2 to 11: their values`),
    ]);
  });

  it("of 3 MB and without an end are parked by their beginnings, and the lines around them are read", async () => {
    const folder = workFolder();
    const path = put(folder, "a.log", `${HEADER}\n${vpcLine(0)}\n${"x".repeat(3_000_000)}\n${vpcLine(1)}\n`);
    const endless = put(folder, "b.log", `${vpcLine(2)}\n${"y".repeat(3_000_000)}`);

    const { summary } = await localRun(join(folder, "lake"), [path, endless]);

    expect(summary.inputs.problems).toEqual([]);
    expect(summary.flows.delivered).toBe(3);
    const parked = await parkedOf(join(folder, "lake"));
    const sizes = (letter: string) => parked.filter(({ raw }) => raw.startsWith(letter)).map(({ raw }) => raw.length);
    const tail = 3_000_000 - 2 * 1_048_576;
    expect(sizes("x").sort()).toEqual([65_536, 65_536, tail]);
    expect(sizes("y").sort()).toEqual([65_536, 65_536, tail]);
  });

  it("of a format without time or account say which option gives them", async () => {
    const folder = workFolder();
    const path = put(folder, "a.log", `${SHORT_FORMAT}\n${shortLine(0)}\n`);

    const none = await localRun(join(folder, "lake"), [path]);
    const account = await localRun(join(folder, "lake-2"), [path], { settings: { account: "111122223333" } });

    expect(none.summary.flows.parked).toEqual({ "no-account": 1 });
    expect(account.summary.flows.parked).toEqual({ "no-time": 1 });
    expect(await parkedOf(join(folder, "lake"))).toMatchObject([{ message: expect.stringContaining("--account") }]);
    expect(await parkedOf(join(folder, "lake-2"))).toMatchObject([{ message: expect.stringContaining("--time") }]);
  });
});

describe("a flow log in a folder whose beginning does not show it", () => {
  const CONTAINER = "insights-logs-flowlogflowevent/flowLogResourceID=/S_G/W_N/y=2026/m=04/d=02/h=18/m=00";
  const broken = "torn\n".repeat(60);
  const CASES: readonly (readonly [what: string, name: string, content: string, parked: number, delivered: number])[] =
    [
      ["because of 60 broken lines", "a.log", `${broken}${vpcLine(0)}\n`, 60, 1],
      ["because a line is cut off behind its interface", "a.log", "2 111122223333 eni-0a1b2c3d4e5f60718", 1, 0],
      ["because a brace comes first", "a.log", `{torn\n${vpcLine(0)}\n`, 1, 1],
      [
        "but the name of its file does",
        "111122223333_vpcflowlogs_eu-central-1_fl-1_20261010T1200Z_1.log",
        "2 1111",
        1,
        0,
      ],
      ["but its path in a container does", `${CONTAINER}/macAddress=1/PT1H.json`, '{"recor', 0, 0],
      ["but its record's category does", "a.json", '{"time":"2026","category":"FlowLogFlowEvent","x":', 0, 0],
      ["but its record's operation does", "a.json", '{"operationName": "NetworkSecurityGroupFlowEvents", "x":1}', 1, 0],
    ];

  it.each(CASES)("%s is read, and what is broken counts", async (_what, name, content, parked, delivered) => {
    const folder = workFolder();
    const path = put(folder, `inputs/${name}`, content);

    const { summary } = await localRun(join(folder, "lake"), [join(folder, "inputs")]);

    expect(summary.inputs.notFlowLogs).toEqual([]);
    expect(summary.flows).toMatchObject({ read: parked + delivered, delivered });
    // A blob that ends inside a record waits for the rest of it.
    expect(summary.inputs.problems.map(({ path, reason }) => [path, reason])).toEqual(
      parked + delivered === 0 ? [[path, "cut-off"]] : [],
    );
  });

  it("is read when a --format takes one of its lines", async () => {
    const folder = workFolder();
    put(folder, "inputs/a.log", "443 6 ACCEPT\n");

    const without = await localRun(join(folder, "lake"), [join(folder, "inputs")]);
    const given = await localRun(join(folder, "lake"), [join(folder, "inputs")], {
      formats: ["dstport protocol action"],
    });

    expect(without.summary.inputs.notFlowLogs).toHaveLength(1);
    expect(given.summary).toMatchObject({ flows: { read: 1 }, inputs: { read: 1, notFlowLogs: [] } });
  });

  it("stays left out when it is binary, whatever its name", async () => {
    const folder = workFolder();
    const name = "111122223333_vpcflowlogs_eu-central-1_fl-1_20261010T1200Z_1.log";
    put(folder, `inputs/${name}`, Buffer.from([1, 0, 2]));

    const { summary } = await localRun(join(folder, "lake"), [join(folder, "inputs")]);

    expect(summary.inputs.notFlowLogs).toHaveLength(1);
  });
});

describe("a file without flows", () => {
  const AWS_CLI = /what the AWS CLI says of a network, which --inventory takes/;
  const inventory: InventorySnapshot = {
    accountId: "111122223333",
    region: "eu-central-1",
    collectedAt: START * 1000,
    missing: [],
    interfaces: [],
    groups: [],
    prefixLists: [],
    networkAcls: [],
  };
  const OTHERS: readonly (readonly [name: string, content: string | Uint8Array, what: RegExp])[] = [
    ["picture.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 0xff]), /binary/],
    ["part.parquet", Buffer.from("PARE\u0015\u0004data"), /an encrypted Parquet file/],
    ["notes.txt", "Some notes,\nnothing else.\n", /text that is no flow log/],
    ["settings.json", '{"name":"x"}', /JSON that is no flow log/],
    ["alerts.json", '[{"SystemAlertId":"1"}]', /Defender/],
    ["blob-created.json", '[{"eventType":"Microsoft.Storage.BlobCreated"}]', /Event Grid/],
    ["network.inventory", encodeSnapshot(inventory), /an inventory, which --inventory takes/],
    ...[
      "NetworkInterfaces",
      "SecurityGroups",
      "SecurityGroupRules",
      "PrefixLists",
      "Entries",
      "NetworkAcls",
      "Reservations",
    ].map((list) => [`${list}.json`, JSON.stringify({ [list]: [] }, undefined, 4), AWS_CLI] as const),
    ["page.json", '{"NextToken":"a1b2","NetworkInterfaces":[]}', AWS_CLI],
    ["entries.json", '{"PrefixListId":"pl-0a1b2c3d4e5f60001","Entries":[]}', AWS_CLI],
  ];

  it.each(OTHERS)("%s is refused by name when it was named", async (name, content, what) => {
    const folder = workFolder();
    const path = put(folder, name, content);

    const run = await localRun(join(folder, "lake"), [path]);

    const problem = onlyProblem(run);
    expect(problem).toMatchObject({ path, reason: "not-flow-logs", message: expect.stringMatching(what) });
    expect(problem?.message).toContain("give VPC or Azure flow logs");
  });

  it("is listed and left out when it lies in a folder", async () => {
    const folder = workFolder();
    for (const [name, content] of OTHERS) put(folder, `inputs/${name}`, content);
    put(folder, "inputs/a.log", vpcLines(0, 2));

    const { summary, notes } = await localRun(join(folder, "lake"), [join(folder, "inputs")]);

    expect(summary.flows.delivered).toBe(2);
    expect(summary.inputs).toMatchObject({ read: 1, problems: [] });
    const named = new Map(summary.inputs.notFlowLogs.map(({ path, what }) => [basename(path), what]));
    expect([...named.keys()].sort()).toEqual(OTHERS.map(([name]) => name).sort());
    for (const [name, , what] of OTHERS) expect(named.get(name)).toMatch(what);
    expect(notes).toEqual([]);
  });

  it("is named when it is empty, and read once it is not", async () => {
    const folder = workFolder();
    const path = put(folder, "a.log", "");
    const zipped = put(folder, "b.log.gz", gzipSync(" \n"));
    const lake = join(folder, "lake");

    const { summary, notes } = await localRun(lake, [path, zipped]);
    put(folder, "a.log", vpcLines(0, 2));
    put(folder, "b.log.gz", gzipSync(vpcLines(2, 4)));
    const later = await localRun(lake, [path, zipped]);

    expect(notes).toEqual([`${path} is empty`, `${zipped} is empty`]);
    expect(summary.inputs.problems).toEqual([]);
    expect(later.summary.flows.delivered).toBe(4);
  });
});

describe("a path", () => {
  it("to a folder without files is named", async () => {
    const folder = workFolder();
    put(folder, "inputs/.hidden/a.log", vpcLines(0, 1));

    const problem = onlyProblem(await localRun(join(folder, "lake"), [join(folder, "inputs")]));

    expect(problem).toMatchObject({ path: join(folder, "inputs"), reason: "no-files" });
    expect(problem?.message).toMatch(/no files.*give/);
  });

  it("to nothing is named", async () => {
    const folder = workFolder();
    const good = put(folder, "a.log", vpcLines(0, 1));

    const run = await localRun(join(folder, "lake"), [join(folder, "gone.log"), good]);

    expect(onlyProblem(run)).toMatchObject({ path: join(folder, "gone.log"), reason: "missing" });
    expect(run.summary.flows.delivered).toBe(1);
  });

  it("below a file is named", async () => {
    const folder = workFolder();
    const good = put(folder, "a.log", vpcLines(0, 1));

    const run = await localRun(join(folder, "lake"), [join(good, "b.log"), good]);

    expect(onlyProblem(run)).toMatchObject({ path: join(good, "b.log"), reason: "missing" });
    expect(run.summary.flows.delivered).toBe(1);
  });

  it("through a link that leads nowhere is named", async () => {
    const folder = workFolder();
    put(folder, "inputs/a.log", vpcLines(0, 1));
    symlinkSync(join(folder, "gone"), join(folder, "inputs/z.log"));

    const run = await localRun(join(folder, "lake"), [join(folder, "inputs")]);

    expect(onlyProblem(run)).toMatchObject({ path: join(folder, "inputs/z.log"), reason: "missing" });
    expect(run.summary.flows.delivered).toBe(1);
  });

  it("that may not be read is named, and read once it may", async () => {
    const folder = workFolder();
    const path = put(folder, "a.log", vpcLines(0, 1));
    chmodSync(path, 0);

    const run = await localRun(join(folder, "lake"), [path]);
    chmodSync(path, 0o600);
    await localRun(join(folder, "lake"), [path]);

    // The superuser may read everything.
    if (process.getuid?.() !== 0) expect(onlyProblem(run)).toMatchObject({ path, reason: "unreadable" });
    expect(await rowsOf(join(folder, "lake"))).toHaveLength(1);
  });

  it("to a device is named, not waited for", async () => {
    const folder = workFolder();

    const problem = onlyProblem(await localRun(join(folder, "lake"), ["/dev/zero"]));

    expect(problem).toMatchObject({ path: "/dev/zero", reason: "unreadable" });
    expect(problem?.message).toContain("standard input");
  });

  it("that vanishes between listing and reading is named", async () => {
    const folder = workFolder();
    put(folder, "inputs/a.log", vpcLines(0, 2));
    const vanishing = put(folder, "inputs/b.log", vpcLines(2, 4));
    put(folder, "inputs/c.log", vpcLines(4, 6));

    const run = await localRun(join(folder, "lake"), [join(folder, "inputs")], {
      onProgress: () => rmSync(vanishing, { force: true }),
    });

    expect(onlyProblem(run)).toMatchObject({ path: vanishing, reason: "missing" });
    expect(run.summary.flows.delivered).toBe(4);
  });

  it("that is given twice, or lies in a folder that is given too, is read once", async () => {
    const folder = workFolder();
    const path = put(folder, "inputs/a.log", vpcLines(0, 2));

    const { summary } = await localRun(join(folder, "lake"), [
      path,
      join(folder, "inputs"),
      `${folder}/./inputs/a.log`,
    ]);

    expect(summary.flows.read).toBe(2);
  });

  it("to a folder that holds the lake leaves the lake out, also under another name", async () => {
    const folder = workFolder();
    put(folder, "a.log", `${vpcLines(0, 2)}broken line\n`);
    const lake = join(folder, "lake");
    await localRun(lake, [folder]);
    symlinkSync(folder, `${folder} link`);

    const plain = await localRun(lake, [folder]);
    const linked = await localRun(join(`${folder} link`, "lake"), [folder]);

    for (const { summary, notes } of [plain, linked]) {
      expect(summary.inputs).toMatchObject({ read: 0, unchanged: 1, notFlowLogs: [], problems: [] });
      expect(notes).toEqual([]);
    }
  });

  it("with links in a circle comes to an end", async () => {
    const folder = workFolder();
    put(folder, "inputs/deep/a.log", vpcLines(0, 2));
    symlinkSync(join(folder, "inputs"), join(folder, "inputs/deep/up"));
    symlinkSync(join(folder, "inputs/loop"), join(folder, "inputs/loop"));

    const run = await localRun(join(folder, "lake"), [join(folder, "inputs")]);

    expect(run.summary.flows.delivered).toBe(2);
    expect(onlyProblem(run)).toMatchObject({ path: join(folder, "inputs/loop"), reason: "unreadable" });
  });

  it.each([["quotes ' \" `"], ["new\nline"], ["escape \u001b[31m"], ["a=b"], ["Gewässer 洪水"], ["%41%zz*[?]{}"]])(
    "with %j in its name is read like any other",
    async (name) => {
      const folder = workFolder();
      put(folder, `${name}/${name}.log`, vpcLines(0, 2));
      const lake = join(folder, name, `${name} lake`);

      const { summary } = await localRun(lake, [join(folder, name)]);
      const again = await localRun(lake, [join(folder, name)]);

      expect(summary.flows.delivered).toBe(2);
      expect(again.summary.inputs).toMatchObject({ unchanged: 1, problems: [] });
      expect(await rowsOf(lake)).toHaveLength(2);
    },
  );
});

it("a JSON document that ends too early is named", async () => {
  const event = JSON.stringify({
    invocationId: "1",
    records: [{ recordId: "1", approximateArrivalTimestamp: 1, data: Buffer.from(vpcLine(0)).toString("base64") }],
  });

  const { first, path } = await brokenThenMended("event.json", event.slice(0, -20), event);

  expect(onlyProblem(first)).toMatchObject({ path, reason: "cut-off", message: expect.stringMatching(AGAIN) });
});

it("firehose records that are no JSON are parked with their line, and the others are read", async () => {
  const folder = workFolder();
  const record = JSON.stringify({ message: vpcLine(0) });
  const path = put(
    folder,
    "a.jsonl",
    `${record}\n{"message":"cut off\n{"other":1}\n${JSON.stringify({ message: vpcLine(1) })}\n`,
  );

  const { summary } = await localRun(join(folder, "lake"), [path]);

  expect(summary.flows).toMatchObject({ read: 4, delivered: 2, parked: { "invalid-json": 1, unrecognised: 1 } });
  expect(await parkedOf(join(folder, "lake"))).toMatchObject([{ position: 2 }, { position: 3 }]);
});
