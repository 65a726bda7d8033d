import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Column, type InputState, Lake, type LakeCommit, type LakeOptions, type LakeStage } from "@tributary/lake";
import { afterEach } from "vitest";

/** A few columns with every shape of the declared ones. */
export const columns: readonly Column[] = [
  { name: "activity_id", type: "INTEGER" },
  { name: "time", type: "BIGINT" },
  { name: "time_dt", type: "TIMESTAMP WITH TIME ZONE" },
  { name: "metadata", type: `STRUCT("version" VARCHAR, "uid" VARCHAR, "profiles" VARCHAR[])` },
  { name: "cloud", type: `STRUCT("provider" VARCHAR, "region" VARCHAR, "account" STRUCT("uid" VARCHAR))` },
  { name: "action", type: "VARCHAR" },
  { name: "action_id", type: "INTEGER" },
  {
    name: "connection_info",
    type: `STRUCT("direction" VARCHAR, "direction_id" INTEGER, "protocol_num" INTEGER, "protocol_name" VARCHAR, "tcp_flags" INTEGER)`,
  },
  { name: "src_endpoint", type: endpoint() },
  { name: "dst_endpoint", type: endpoint() },
  { name: "traffic", type: `STRUCT("bytes" BIGINT, "packets" BIGINT)` },
  { name: "firewall_rule", type: `STRUCT("name" VARCHAR, "uid" VARCHAR)` },
  { name: "enrichments", type: `STRUCT("name" VARCHAR, "value" VARCHAR, "data" VARCHAR)[]` },
  { name: "status_detail", type: "VARCHAR" },
  { name: "unmapped", type: "MAP(VARCHAR, VARCHAR)" },
];

function endpoint(): string {
  return `STRUCT("ip" VARCHAR, "port" INTEGER, "hostname" VARCHAR, "name" VARCHAR, "svc_name" VARCHAR, "instance_uid" VARCHAR, "interface_uid" VARCHAR, "intermediate_ips" VARCHAR[])`;
}

export const NOON = Date.UTC(2026, 10, 21, 12);

let serial = 0;

/** A flow document; `changes` replace top-level keys. */
export function flow(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  serial++;
  return {
    activity_id: 6,
    time: NOON,
    time_dt: new Date(NOON).toISOString(),
    metadata: { version: "1.1.0", uid: `uid-${serial}`, profiles: ["cloud"] },
    cloud: { provider: "AWS", region: "eu-central-1", account: { uid: "111122223333" } },
    action: "Allowed",
    action_id: 1,
    connection_info: { direction: "Inbound", direction_id: 1, protocol_num: 6 },
    src_endpoint: { ip: "198.51.100.7", port: 40000 },
    dst_endpoint: { ip: "10.0.0.5", port: 443 },
    traffic: { bytes: 1000, packets: 10 },
    unmapped: { sg_verdict: "allowed-by-rule", src_scope: "internet", dst_scope: "internal" },
    ...changes,
  };
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder whose name has a quote, a space, brackets, `=` and a letter outside ASCII; removed after the test. */
export function awkwardFolder(): string {
  const outer = mkdtempSync(join(tmpdir(), "tributary-"));
  folders.push(outer);
  const folder = join(outer, "it's a=b [Gewässer] 100%");
  mkdirSync(folder);
  return folder;
}

let spools = 0;

/** Writes documents as a spool file, one a line. Text goes in as it is. */
export function spool(folder: string, documents: readonly unknown[]): string {
  const path = join(folder, `spool ${++spools}.ndjson`);
  const lines = documents.map((document) => (typeof document === "string" ? document : JSON.stringify(document)));
  writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
  return path;
}

/** The state of an input that was read to its end. */
export function inputState(path: string, changes: Partial<InputState> = {}): InputState {
  return {
    path,
    kind: "vpc-file",
    size: 100,
    position: 100,
    line: 1,
    prefixHash: "00",
    complete: true,
    flows: { read: 1, delivered: 1, skipped: {}, parked: {} },
    ...changes,
  };
}

export async function openLake(folder: string, options: Partial<LakeOptions> = {}): Promise<Lake> {
  return Lake.open(folder, { columns, create: true, threads: 1, ...options });
}

export const MARK = { run: "run-1", at: "2026-11-21T13:00:00Z" };
export const PARTITION = { accountId: "111122223333", eventDay: "20261121" };

/** A commit with a stage of its own, which it adopts when it finishes. */
export class StagedCommit {
  readonly #commit: LakeCommit;
  readonly #stage: LakeStage;

  constructor(private readonly lake: Lake) {
    this.#commit = lake.begin(MARK);
    this.#stage = lake.stage("test");
  }

  inputNumber(path: string): number {
    return this.lake.inputNumber(path);
  }

  addDocuments(...given: Parameters<LakeStage["addDocuments"]>): ReturnType<LakeStage["addDocuments"]> {
    return this.#stage.addDocuments(...given);
  }

  park(reason: string, input: string, position: number, raw: string, message = "m"): Promise<void> {
    const entries = [{ position, message, raw }];
    return this.#stage.park(reason, { path: input, number: this.inputNumber(input) }, entries, MARK.at);
  }

  removeInput(path: string): void {
    this.#commit.removeInput(path);
  }

  async finish(result: { readonly inputs: readonly InputState[] }): Promise<void> {
    await this.#commit.adopt(await this.#stage.take());
    await this.#commit.finish(result);
    await this.#stage.clear();
  }

  async abandon(): Promise<void> {
    await this.#commit.abandon();
    await this.#stage.clear();
  }
}

/** Commits documents of one input. */
export async function ingest(
  lake: Lake,
  input: string,
  documents: readonly unknown[],
  partition = PARTITION,
): Promise<void> {
  const commit = new StagedCommit(lake);
  const ranges = [{ input: commit.inputNumber(input), documents: documents.length }];
  await commit.addDocuments(partition, spool(join(lake.folder, ".."), documents), ranges);
  await commit.finish({
    inputs: [
      inputState(input, { flows: { read: documents.length, delivered: documents.length, skipped: {}, parked: {} } }),
    ],
  });
}

/** Names of all files in a folder, at any depth, relative to it and with `/`. */
export function filesIn(folder: string, under = ""): string[] {
  return readdirSync(join(folder, under))
    .flatMap((name) => {
      const path = under === "" ? name : `${under}/${name}`;
      return statSync(join(folder, path)).isDirectory() ? filesIn(folder, path) : [path];
    })
    .sort();
}
