import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface StoredObject {
  readonly etag: string;
  readonly body: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An answer in place of the one that S3 would give. */
export interface S3Fault {
  readonly status: number;
  readonly code: string;
}

interface S3Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Buffer | string;
}

const XML = { "content-type": "application/xml" };
const METADATA = "x-amz-meta-";

/** One bucket on loopback: get, head, put and list, with conditions as S3 has them. */
export class ScriptedS3 {
  readonly objects = new Map<string, StoredObject>();
  /** Method, key or query, and status of each call. */
  readonly calls: string[] = [];
  /** Objects of one page of a list. */
  pageSize = 1000;
  /** Asked before each call. */
  fault: ((method: string, key: string) => S3Fault | undefined) | undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => this.#answer(request, Buffer.concat(chunks), response));
    });
  }

  static async start(): Promise<ScriptedS3> {
    const scripted = new ScriptedS3();
    await new Promise<void>((resolve) => scripted.#server.listen(0, "127.0.0.1", resolve));
    return scripted;
  }

  /** Settings of a client that talks to it. */
  get client() {
    return {
      endpoint: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      region: "eu-west-1",
      forcePathStyle: true,
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
      maxAttempts: 1,
    };
  }

  put(key: string, body: Buffer | string, metadata: Readonly<Record<string, string>> = {}): string {
    const bytes = Buffer.from(body);
    const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
    this.objects.set(key, { etag, body: bytes, metadata });
    return etag;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { method = "" } = request;
    const url = new URL(request.url ?? "/", "http://s3");
    const key = decodeURIComponent(url.pathname.split("/").slice(2).join("/"));
    const { status, headers = {}, content = "" } = this.#reply(request, url, key, body);
    this.calls.push(`${method} ${key === "" ? "list" : key} ${status}`);
    response.writeHead(status, headers).end(method === "HEAD" ? undefined : content);
  }

  #reply({ method = "", headers }: IncomingMessage, url: URL, key: string, body: Buffer): S3Reply {
    const fault = this.fault?.(method, key);
    if (fault !== undefined) return error(fault.status, fault.code);
    if (key === "") return { status: 200, headers: XML, content: this.#list(url.searchParams) };
    const stored = this.objects.get(key);
    if (method === "PUT") {
      if (headers["if-none-match"] === "*" && stored !== undefined) return error(412, "PreconditionFailed");
      if (headers["if-match"] !== undefined) {
        if (stored === undefined) return error(404, "NoSuchKey");
        if (headers["if-match"] !== stored.etag) return error(412, "PreconditionFailed");
      }
      const metadata = Object.entries(headers).flatMap(([name, value]) =>
        name.startsWith(METADATA) ? [[name.slice(METADATA.length), String(value)]] : [],
      );
      return { status: 200, headers: { etag: this.put(key, body, Object.fromEntries(metadata)) } };
    }
    if (stored === undefined) return error(404, "NoSuchKey");
    const { etag } = stored;
    if (headers["if-none-match"] === etag) return { status: 304, headers: { etag } };
    const metadata = Object.entries(stored.metadata).map(([name, value]) => [`${METADATA}${name}`, value]);
    const length = { "content-length": String(stored.body.length) };
    return { status: 200, headers: { etag, ...length, ...Object.fromEntries(metadata) }, content: stored.body };
  }

  #list(query: URLSearchParams): string {
    const prefix = query.get("prefix") ?? "";
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const from = Number(query.get("continuation-token") ?? 0);
    const to = from + this.pageSize;
    const contents = keys.slice(from, to).map((key) => {
      const { etag, body } = this.objects.get(key) ?? { etag: "", body: "" };
      return `<Contents><Key>${key}</Key><ETag>${etag}</ETag><Size>${body.length}</Size></Contents>`;
    });
    const more = to < keys.length;
    const next = more ? `<NextContinuationToken>${to}</NextContinuationToken>` : "";
    return `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`;
  }
}

function error(status: number, code: string): S3Reply {
  return { status, headers: XML, content: `<Error><Code>${code}</Code><Message>${code}</Message></Error>` };
}
