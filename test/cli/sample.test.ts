import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ConfigurationError, Parked, parseAzureRecord, parseAzureTuple, VpcFlow, VpcFormat } from "@tributary/flow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { batch } from "../../packages/cli/src/sample/batch-account.js";
import type { AwsAccount } from "../../packages/cli/src/sample/estate.js";
import { divide } from "../../packages/cli/src/sample/plan.js";
import { production } from "../../packages/cli/src/sample/production-account.js";
import { SAMPLE_END, type SampleRequest, writeSample } from "../../packages/cli/src/sample/write-sample.js";

interface Line {
  readonly file: string;
  readonly text: string;
  readonly [field: string]: string;
}

interface Tuple {
  readonly file: string;
  readonly recordTime: number;
  readonly acl: string;
  readonly rule: string;
  readonly parts: readonly string[];
}

const FLOWS = 30_000;
const scratch: string[] = [];
let files: Map<string, Buffer>;
let lines: readonly Line[];
let vnet: readonly Tuple[];
let nsg: readonly Tuple[];
let result: Awaited<ReturnType<typeof writeSample>>;

beforeAll(async () => {
  const out = await directory();
  result = await writeSample({ flows: FLOWS, out, seed: 1 });
  files = flowLogs(await contents(out));
  lines = vpcLines(files);
  vnet = vnetTuples(files);
  nsg = nsgTuples(files);
});

afterAll(async () => {
  await Promise.all(scratch.map((path) => rm(path, { recursive: true, force: true })));
});

describe("writeSample", () => {
  it("writes the same bytes for the same seed", async () => {
    expect(await digest({ flows: 3_000, seed: "seven" })).toBe(await digest({ flows: 3_000, seed: "seven" }));
  });

  it("writes other bytes for another seed", async () => {
    expect(await digest({ flows: 3_000, seed: "seven" })).not.toBe(await digest({ flows: 3_000, seed: "eight" }));
  });

  it.each([0, 1, 7, 100, 1_234])("writes exactly %i flows", async (flows) => {
    const out = await directory();
    const written = await writeSample({ flows, out, seed: 3 });
    const found = await contents(out);
    const counted = vpcLines(found).length + vnetTuples(found).length + nsgTuples(found).length;
    expect(counted).toBe(flows);
    expect(written.flows).toBe(flows);
    expect(written.files).toBe(flowLogs(found).size);
  });

  it("reports what it wrote", () => {
    expect(result).toEqual({
      flows: FLOWS,
      files: files.size,
      bytes: [...files.values()].reduce((sum, each) => sum + each.length, 0),
      inventory: expect.stringMatching(/inventory$/),
      days: ["2026-10-12", "2026-10-13", "2026-10-14"],
    });
    expect(lines.length + vnet.length + nsg.length).toBe(FLOWS);
  });

  it("covers the three days up to the time it is given, the last one in part", async () => {
    const out = await directory();
    const written = await writeSample({ flows: 2_000, out, seed: 1, endTime: new Date("2026-03-05T07:32:10Z") });
    const starts = vpcLines(await contents(out)).map((line) => Number(line.start));
    expect(written.days).toEqual(["2026-03-03", "2026-03-04", "2026-03-05"]);
    expect(written.flows).toBe(2_000);
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(Date.UTC(2026, 2, 3) / 1000);
    expect(Math.max(...starts)).toBeLessThan(Date.UTC(2026, 2, 5, 7, 30) / 1000);
  });

  it("keeps the number of files small", () => {
    expect(files.size).toBeLessThan(60);
  });

  it("refuses a directory that cannot be written and says what to do", async () => {
    const out = join(await directory(), "file");
    await writeFile(out, "");
    const error = await writeSample({ flows: 1, out: join(out, "below"), seed: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({
      code: "directory-not-writable",
      message: expect.stringMatching(/below.*name a directory/),
    });
  });

  it("refuses a directory that already holds something, since its flows would be counted too", async () => {
    const out = await directory();
    await writeFile(join(out, "earlier.log"), "");
    await expect(writeSample({ flows: 1, out, seed: 1 })).rejects.toMatchObject({
      code: "directory-in-use",
      message: expect.stringContaining("empty it"),
    });
  });

  it.each([-1, 1.5, Number.NaN])("refuses %d flows", async (flows) => {
    await expect(writeSample({ flows, out: "unused", seed: 1 })).rejects.toMatchObject({ code: "bad-flow-count" });
  });
});

describe("VPC objects", () => {
  it("lie where S3 delivery puts them, in the folder of the day their lines start", () => {
    const layout =
      /^AWSLogs\/(\d{12})\/vpcflowlogs\/([a-z0-9-]+)\/(\d{4})\/(\d\d)\/(\d\d)\/\1_vpcflowlogs_\2_fl-[0-9a-f]{17}_\3\4\5T\d{4}Z_[0-9a-f]{8}\.log\.gz$/;
    for (const line of lines) {
      const [, account, , ...day] = layout.exec(line.file) ?? [];
      expect([account, day.join("-")], line.file).toEqual([line["account-id"], utcDay(line.start)]);
    }
  });

  it("have as many fields on every line as in their header", () => {
    for (const [name, content] of files) {
      if (!name.endsWith(".gz")) continue;
      const [header = "", ...rest] = textLines(content);
      expect(header.split(" ").length).toBe(name.includes(production.id) ? 29 : 14);
      for (const line of rest) expect(line.split(" ").length, line).toBe(header.split(" ").length);
    }
  });

  it("keep each record inside its aggregation interval and inside the period", () => {
    const end = SAMPLE_END.getTime() / 1000;
    for (const line of lines) {
      const [from, to] = [Number(line.start), Number(line.end)];
      const longest = line["account-id"] === production.id ? 60 : 600;
      expect(to >= from && to - from <= longest && from >= end - 3 * 86_400 && to < end, line.text).toBe(true);
    }
  });

  it("never repeat a line", () => {
    expect(new Set(lines.map((line) => line.text)).size).toBe(lines.length);
  });

  it("carry at least a header's worth of bytes in every packet", () => {
    for (const line of traffic()) {
      expect(Number(line.packets), line.text).toBeGreaterThan(0);
      expect(Number(line.bytes), line.text).toBeGreaterThanOrEqual(Number(line.packets) * 40);
    }
  });

  it("name only interfaces of the estate, each seeing its own address on one side", () => {
    for (const line of traffic()) {
      const on = owner(line).interfaces.find((each) => each.id === line["interface-id"]);
      const own = [on?.address, on?.ipv6Address];
      expect(own.includes(line.srcaddr) || own.includes(line.dstaddr), line.text).toBe(true);
    }
  });

  it("stay inside private and documentation addresses", () => {
    const allowed = /^(10\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:db8:)/;
    for (const line of traffic()) {
      expect(allowed.test(line.srcaddr ?? "") && allowed.test(line.dstaddr ?? ""), line.text).toBe(true);
    }
  });

  it("dash everything that describes traffic when there was none", () => {
    const gaps = lines.filter((line) => line["log-status"] !== "OK");
    expect(new Set(gaps.map((line) => line["log-status"]))).toEqual(new Set(["NODATA", "SKIPDATA"]));
    for (const line of gaps) {
      for (const field of ["srcaddr", "dstport", "packets", "bytes", "action", "tcp-flags", "flow-direction"]) {
        expect(line[field] ?? "-", line.text).toBe("-");
      }
      expect(line["interface-id"]).toMatch(/^eni-/);
    }
  });

  it("give a traffic path to what left, and to nothing else", () => {
    for (const line of traffic().filter((each) => each["flow-direction"] !== undefined)) {
      const left = line["flow-direction"] === "egress" && line.action === "ACCEPT";
      expect(/^[1478]$/.test(line["traffic-path"] ?? ""), line.text).toBe(left);
    }
    expect(new Set(traffic().map((line) => line["traffic-path"]))).toEqual(
      new Set(["1", "4", "7", "8", "-", undefined]),
    );
  });

  it("report only TCP flags that AWS reports, none outside TCP, and SYN alone on what was rejected at once", () => {
    for (const line of traffic().filter((each) => each["tcp-flags"] !== undefined)) {
      const possible = line.protocol === "6" ? ["0", "1", "2", "3", "4", "18", "19"] : ["0"];
      expect(possible, line.text).toContain(line["tcp-flags"]);
    }
  });

  it("log both directions of a conversation, the reply with SYN-ACK", () => {
    const request = find({ dstport: "443", "flow-direction": "ingress", action: "ACCEPT", "tcp-flags": "3" });
    const reply = find({ srcport: "443", dstaddr: request?.srcaddr ?? "", dstport: request?.srcport ?? "" });
    expect(reply).toMatchObject({ "flow-direction": "egress", srcaddr: request?.dstaddr, action: "ACCEPT" });
    expect(["18", "19"]).toContain(reply?.["tcp-flags"]);
  });
});

describe("Tributary's own parsers", () => {
  it("read every VPC line with the format of its header, and skip the gaps", () => {
    for (const [name, content] of files) {
      if (!name.endsWith(".gz")) continue;
      const [header = "", ...rest] = textLines(content);
      const format = VpcFormat.fromHeader(header);
      const refused = rest.filter((line) => {
        const read = format?.parse(line);
        return !(read instanceof VpcFlow) && !/ (NODATA|SKIPDATA)/.test(line);
      });
      expect(refused).toEqual([]);
    }
  });

  it("read every Azure record and tuple", () => {
    const records = blobRecords(files).map(([, record]) => parseAzureRecord(record));
    expect(records.filter((record) => record instanceof Parked)).toEqual([]);
    const tuples = [
      ...vnet.map((tuple) => parseAzureTuple("vnet-v4", tuple.parts.join())),
      ...nsg.map((tuple) => parseAzureTuple("nsg-v2", tuple.parts.join())),
    ];
    expect(tuples.filter((tuple) => tuple instanceof Parked)).toEqual([]);
  });
});

describe("the sample's actors", () => {
  const actors: readonly (readonly [string, Partial<Record<string, string>>])[] = [
    [
      "HTTPS clients from the internet",
      { dstport: "443", action: "ACCEPT", "flow-direction": "ingress", type: "IPv4" },
    ],
    ["HTTPS clients over IPv6", { dstport: "443", action: "ACCEPT", "flow-direction": "ingress", type: "IPv6" }],
    ["HTTP clients", { dstaddr: "10.20.0.11", dstport: "80", action: "ACCEPT" }],
    ["load balancer to application", { srcaddr: "10.20.10.5", dstport: "8080", action: "ACCEPT" }],
    ["application to database", { dstaddr: "10.20.20.31", dstport: "5432", action: "ACCEPT" }],
    [
      "a web server that the database's network ACL rejects",
      { srcaddr: "10.20.1.12", dstaddr: "10.20.20.31", action: "REJECT" },
    ],
    ["the office at the bastion", { dstaddr: "10.20.0.40", dstport: "22", action: "ACCEPT" }],
    ["SSH brute force", { dstaddr: "10.20.0.40", dstport: "22", action: "REJECT" }],
    ["RDP brute force", { dstaddr: "10.30.0.50", dstport: "3389", action: "ACCEPT" }],
    ["DNS", { dstport: "53", protocol: "17", action: "ACCEPT" }],
    ["NTP", { dstport: "123", protocol: "17", action: "ACCEPT" }],
    ["S3 through the gateway endpoint", { "pkt-dst-aws-service": "S3", "traffic-path": "7" }],
    ["ping", { protocol: "1", action: "ACCEPT", srcport: "0", dstport: "0" }],
    ["GRE", { protocol: "47", action: "REJECT" }],
    ["a long connection between its ends", { protocol: "6", "tcp-flags": "0", action: "ACCEPT" }],
    ["a late packet on a closed connection", { dstport: "443", action: "REJECT", "tcp-flags": "4" }],
    ["an interface that no inventory will know", { srcaddr: "10.20.11.77", action: "ACCEPT" }],
    ["a connection older than the removal of its rule", { dstport: "15672", action: "ACCEPT" }],
  ];

  it.each(actors)("include %s", (_, wanted) => {
    expect(find(wanted)).toBeDefined();
  });

  it("include a NAT gateway whose legs show it in place of one end", () => {
    const leg = lines.find((line) => line.dstaddr === "10.20.0.220" && line["pkt-dstaddr"] !== line.dstaddr);
    expect(leg).toMatchObject({ "flow-direction": "ingress", "instance-id": "-" });
    expect(
      find({ srcaddr: "10.20.0.220", dstaddr: leg?.["pkt-dstaddr"] ?? "", dstport: leg?.dstport ?? "" }),
    ).toBeDefined();
  });

  it("include internet scanners that try many ports", () => {
    const ports = new Set(
      traffic()
        .filter((line) => line.action === "REJECT")
        .map((line) => line.dstport),
    );
    expect(ports.size).toBeGreaterThan(500);
  });

  it("include a host sweep from inside on one port", () => {
    const hosts = new Set(
      traffic()
        .filter((line) => line.srcaddr === "10.20.11.22" && line.dstport === "22")
        .map((line) => line.dstaddr),
    );
    expect(hosts.size).toBeGreaterThan(200);
  });

  it("include a slow scan of one host that ends at an open port", () => {
    const attempts = traffic().filter((line) => line.srcaddr === "198.51.100.23");
    const rejected = attempts.filter((line) => line.action === "REJECT");
    const [accepted] = attempts.filter((line) => line.action === "ACCEPT");
    expect(new Set(rejected.map((line) => line.dstport)).size).toBeGreaterThan(100);
    expect(Number(accepted?.start)).toBeGreaterThan(Math.max(...rejected.map((line) => Number(line.start))));
  });

  it("include a beacon at exact intervals of five minutes", () => {
    const times = traffic()
      .filter(
        (line) =>
          line["pkt-dstaddr"] === "203.0.113.66" &&
          line.srcaddr === "10.20.11.22" &&
          line["flow-direction"] === "egress",
      )
      .map((line) => Number(line.start));
    const gaps = new Set(times.slice(1).map((time, i) => time - (times[i] ?? 0)));
    expect(times.length).toBeGreaterThan(100);
    expect(gaps).toEqual(new Set([300]));
  });

  it("include a large backup every night", () => {
    const backups = traffic().filter((line) => line.srcaddr === "10.20.20.31" && Number(line.bytes) > 500_000_000);
    expect(new Set(backups.map((line) => utcDay(line.start))).size).toBe(3);
  });

  it("include a ping that was accepted and an answer that was rejected", () => {
    const answer = find({ srcaddr: "10.30.0.50", protocol: "1", action: "REJECT" });
    expect(find({ srcaddr: answer?.dstaddr ?? "", protocol: "1", start: answer?.start ?? "" })).toMatchObject({
      action: "ACCEPT",
    });
  });

  it("log one peered conversation in both accounts with the same ports and times", () => {
    const seen = (account: AwsAccount) =>
      traffic()
        .filter(
          (line) =>
            line["account-id"] === account.id && line.srcaddr === "10.20.10.21" && line.dstaddr === "10.30.2.31",
        )
        .map((line) => `${line.srcport} ${line.start} ${line.packets}`);
    expect(seen(production).length).toBeGreaterThan(100);
    expect(seen(production)).toEqual(seen(batch));
  });
});

describe("Azure blobs", () => {
  it("lie in the hour of their tuples", () => {
    const layout = /\/y=(\d{4})\/m=(\d\d)\/d=(\d\d)\/h=(\d\d)\/m=00\/macAddress=[0-9A-F]{12}\/PT1H\.json$/;
    for (const tuple of [...vnet, ...nsg]) {
      const [, ...path] = layout.exec(tuple.file) ?? [];
      const [year, month, day, hour] = path.map(Number);
      const from = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour);
      const time = tupleTime(tuple);
      expect(time >= from && time < from + 3_600_000, tuple.parts.join()).toBe(true);
      expect(tuple.recordTime - time >= 0 && tuple.recordTime - time <= 61_000, tuple.parts.join()).toBe(true);
    }
  });

  it("write 13 parts into every tuple", () => {
    expect(new Set([...vnet, ...nsg].map((tuple) => tuple.parts.length))).toEqual(new Set([13]));
  });

  it("count only on C and E in the VNet layout", () => {
    expect(new Set(vnet.map((tuple) => tuple.parts[7]))).toEqual(new Set(["B", "C", "E", "D"]));
    for (const { parts } of vnet) {
      expect(
        parts.slice(9).every((each) => each === "0"),
        parts.join(),
      ).toBe(parts[7] === "B" || parts[7] === "D");
    }
  });

  it("leave counters empty on B and on denied flows in the NSG layout", () => {
    expect(nsg.length).toBeGreaterThan(100);
    for (const { parts } of nsg) {
      expect(
        parts.slice(9).every((each) => each === ""),
        parts.join(),
      ).toBe(parts[8] === "B");
      expect(`${parts[7]}${parts[8]}`).toMatch(/^(A[BCE]|DB)$/);
    }
  });

  it("name the rule that decided, the platform's own without a group", () => {
    expect(new Set(vnet.filter((tuple) => tuple.rule === "PlatformRule").map((tuple) => tuple.acl))).toEqual(
      new Set(["00000000-0000-0000-0000-000000000000"]),
    );
    for (const tuple of vnet) expect(tuple.parts[7] === "D", tuple.rule).toBe(tuple.rule.includes("Deny"));
  });
});

describe("the estate", () => {
  it.each([production, batch])("$name gives every interface, subnet, group and rule an id of its own", (account) => {
    const ids = [
      ...account.interfaces.map((each) => each.id),
      ...account.subnets.map((each) => each.id),
      ...account.groups.flatMap((each) => [each.id, ...each.rules.map((rule) => rule.id)]),
      ...account.networkAcls.map((each) => each.id),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^(eni|subnet|sg|sgr|acl)-[0-9a-f]{17}$/.test(id))).toEqual([]);
  });

  it.each([production, batch])("$name refers only to groups and network ACLs that it has", (account) => {
    const groups = new Set(account.groups.map((each) => each.id));
    const named = [
      ...account.interfaces.flatMap((each) => each.groups),
      ...account.groups.flatMap((each) =>
        each.rules.flatMap((rule) => ("group" in rule.peer ? [rule.peer.group] : [])),
      ),
    ];
    const acls = new Set(account.networkAcls.map((each) => each.id));
    expect(named.filter((id) => !groups.has(id))).toEqual([]);
    expect(account.subnets.filter((each) => !acls.has(each.networkAcl))).toEqual([]);
  });

  it("divides a total by weight without losing any", () => {
    expect(divide(10, [1, 1, 1])).toEqual([3, 3, 4]);
    expect(divide(1, [0.2, 0.3, 0.5]).reduce((a, b) => a + b, 0)).toBe(1);
  });
});

const traffic = (): readonly Line[] => lines.filter((line) => line["log-status"] === "OK");

function find(wanted: Partial<Record<string, string>>): Line | undefined {
  return lines.find((line) => Object.entries(wanted).every(([field, value]) => line[field] === value));
}

const owner = (line: Line): AwsAccount => (line["account-id"] === production.id ? production : batch);
const utcDay = (seconds: string | undefined): string => new Date(Number(seconds) * 1000).toISOString().slice(0, 10);

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "tributary-sample-"));
  scratch.push(path);
  return path;
}

/** Every file under a directory by its relative name. */
async function contents(out: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const found = new Map<string, Buffer>();
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    found.set(path.slice(out.length + 1), await readFile(path));
  }
  return found;
}

const flowLogs = (found: ReadonlyMap<string, Buffer>): Map<string, Buffer> =>
  new Map([...found].filter(([name]) => !name.startsWith("inventory")));

async function digest(request: Omit<SampleRequest, "out">): Promise<string> {
  const out = await directory();
  await writeSample({ ...request, out });
  const hash = createHash("sha256");
  for (const [name, content] of [...(await contents(out))].sort()) hash.update(name).update(content);
  return hash.digest("hex");
}

const textLines = (content: Buffer): readonly string[] => gunzipSync(content).toString("latin1").trimEnd().split("\n");

function vpcLines(found: ReadonlyMap<string, Buffer>): readonly Line[] {
  return [...found].flatMap(([file, content]) => {
    if (!file.endsWith(".gz")) return [];
    const [header = "", ...rest] = textLines(content);
    const fields = header.split(" ");
    return rest.map((text) => {
      const values = text.split(" ");
      return { file, text, ...Object.fromEntries(fields.map((field, i) => [field, values[i] ?? ""])) };
    });
  });
}

interface BlobRecord {
  readonly time: string;
  readonly flowRecords?: {
    readonly flows: readonly {
      readonly aclID: string;
      readonly flowGroups: readonly { readonly rule: string; readonly flowTuples: readonly string[] }[];
    }[];
  };
  readonly properties?: {
    readonly flows: readonly {
      readonly rule: string;
      readonly flows: readonly { readonly flowTuples: readonly string[] }[];
    }[];
  };
}

function blobRecords(found: ReadonlyMap<string, Buffer>): readonly (readonly [string, BlobRecord])[] {
  return [...found].flatMap(([file, content]) => {
    if (!file.endsWith("PT1H.json")) return [];
    const blob = JSON.parse(content.toString()) as { readonly records: readonly BlobRecord[] };
    return blob.records.map((record) => [file, record] as const);
  });
}

function vnetTuples(found: ReadonlyMap<string, Buffer>): readonly Tuple[] {
  return blobRecords(found).flatMap(([file, record]) =>
    (record.flowRecords?.flows ?? []).flatMap((flow) =>
      flow.flowGroups.flatMap((group) =>
        group.flowTuples.map((tuple) => ({
          ...located(file, record),
          acl: flow.aclID,
          rule: group.rule,
          parts: tuple.split(","),
        })),
      ),
    ),
  );
}

function nsgTuples(found: ReadonlyMap<string, Buffer>): readonly Tuple[] {
  return blobRecords(found).flatMap(([file, record]) =>
    (record.properties?.flows ?? []).flatMap((flow) =>
      flow.flows
        .flatMap((group) => group.flowTuples)
        .map((tuple) => ({ ...located(file, record), acl: "", rule: flow.rule, parts: tuple.split(",") })),
    ),
  );
}

const located = (file: string, record: BlobRecord) => ({ file, recordTime: Date.parse(record.time) });

/** ms; the NSG layout has seconds. */
function tupleTime(tuple: Tuple): number {
  const time = Number(tuple.parts[0]);
  return time < 1e11 ? time * 1000 : time;
}
