import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { listBucket } from "./s3-list.js";

export interface StoredObject {
  readonly etag: string;
  readonly body: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A call as it came in. */
export interface S3Call {
  readonly method: string;
  /** Empty for a list. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingMessage["headers"];
  /** Of the signature. */
  readonly region: string;
}

/** An answer in place of the one that S3 would give, or what goes wrong on the way of that one. */
export type S3Fault =
  | { readonly status: number; readonly code: string; readonly headers?: Readonly<Record<string, string>> }
  /** Something else answers in its place. */
  | { readonly page: string }
  /** The connection breaks after so many bytes of the body. */
  | { readonly breakAfter: number }
  /** The body ends after so many bytes, as if it were complete. */
  | { readonly endAfter: number };

interface S3Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Buffer | string;
}

const XML = { "content-type": "application/xml" };
const METADATA = "x-amz-meta-";

/** One bucket on loopback, whatever its name: get, head, put and list, with ranges and conditions as S3 has them. */
export class S3Service {
  readonly objects = new Map<string, StoredObject>();
  /** Method, key or query, and status of each call. */
  readonly calls: string[] = [];
  /** Prefixes of the lists, in their order. */
  readonly listed: string[] = [];
  /** Ranges of the gets; undefined for whole objects. */
  readonly ranges: (string | undefined)[] = [];
  /** Regions that calls were signed for. */
  readonly regions = new Set<string>();
  /** Entries of one page of a list, at most. */
  pageSize = 1000;
  /** Where the bucket is said to be. */
  region = "eu-west-1";
  /** What its STS gives whoever assumes a role; denies it when undefined. */
  token: Readonly<Record<"AccessKeyId" | "SecretAccessKey" | "SessionToken", string>> | undefined;
  /** Parameters of each assumption of a role. */
  readonly assumed: URLSearchParams[] = [];
  /** Asked before each call of S3. */
  fault: ((method: string, key: string, call: S3Call) => S3Fault | undefined) | undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks);
        if (request.method === "POST") this.#assume(new URLSearchParams(body.toString()), response);
        else this.#answer(callOf(request), body, response);
      });
    });
  }

  static async start(): Promise<S3Service> {
    const service = new S3Service();
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Settings of a client that talks to it. */
  get client() {
    return {
      endpoint: this.endpoint,
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

  #assume(parameters: URLSearchParams, response: ServerResponse): void {
    this.assumed.push(parameters);
    if (this.token === undefined) {
      response.writeHead(403, XML).end("<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
      return;
    }
    const fields = Object.entries({ ...this.token, Expiration: "2099-01-01T00:00:00Z" });
    const credentials = fields.map(([name, value]) => `<${name}>${value}</${name}>`).join("");
    const result = `<AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult>`;
    response.writeHead(200, XML).end(`<AssumeRoleResponse>${result}</AssumeRoleResponse>`);
  }

  #answer(call: S3Call, body: Buffer, response: ServerResponse): void {
    const { method, key, headers: asked } = call;
    this.regions.add(call.region);
    if (key === "" && method === "GET") this.listed.push(call.query.get("prefix") ?? "");
    if (key !== "" && method === "GET") this.ranges.push(asked.range);
    const fault = this.fault?.(method, key, call);
    const reply = fault !== undefined ? (answerOf(fault) ?? this.#reply(call, body)) : this.#reply(call, body);
    const { status, headers = {}, content = "" } = reply;
    this.calls.push(`${method} ${key === "" ? "list" : key} ${status}`);
    response.setHeader("x-amz-bucket-region", this.region);
    if (fault !== undefined && "breakAfter" in fault) {
      response.writeHead(status, headers);
      response.write(content.slice(0, fault.breakAfter), () => response.destroy());
    } else if (fault !== undefined && "endAfter" in fault) {
      // Without a content-length header an HTTP client cannot know that something is missing.
      const { "content-length": length, ...others } = headers as Readonly<Record<string, string>>;
      response.writeHead(status, { ...others, "x-length": length ?? "" }).end(content.slice(0, fault.endAfter));
    } else {
      response.writeHead(status, headers).end(method === "HEAD" ? undefined : content);
    }
  }

  #reply({ method, key, query, headers }: S3Call, body: Buffer): S3Reply {
    if (key === "") {
      return {
        status: 200,
        headers: XML,
        content: method === "HEAD" ? "" : listBucket(this.objects, query, this.pageSize),
      };
    }
    const stored = this.objects.get(key);
    if (method === "PUT") return this.#write(key, body, headers, stored);
    if (stored === undefined) return failure({ status: 404, code: "NoSuchKey" });
    const { etag } = stored;
    if (headers["if-none-match"] === etag) return { status: 304, headers: { etag } };
    if (headers["if-match"] !== undefined && headers["if-match"] !== etag) {
      return failure({ status: 412, code: "PreconditionFailed" });
    }
    const metadata = Object.entries(stored.metadata).map(([name, value]) => [`${METADATA}${name}`, value]);
    const about = { etag, ...Object.fromEntries(metadata) };
    return headers.range === undefined ? whole(stored, about) : part(stored, about, headers.range);
  }

  #write(key: string, body: Buffer, headers: S3Call["headers"], stored: StoredObject | undefined): S3Reply {
    if (headers["if-none-match"] === "*" && stored !== undefined) {
      return failure({ status: 412, code: "PreconditionFailed" });
    }
    if (headers["if-match"] !== undefined) {
      if (stored === undefined) return failure({ status: 404, code: "NoSuchKey" });
      if (headers["if-match"] !== stored.etag) return failure({ status: 412, code: "PreconditionFailed" });
    }
    const metadata = Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(METADATA) ? [[name.slice(METADATA.length), String(value)]] : [],
    );
    return { status: 200, headers: { etag: this.put(key, body, Object.fromEntries(metadata)) } };
  }
}

function whole({ body }: StoredObject, about: Readonly<Record<string, string>>): S3Reply {
  return { status: 200, headers: { ...about, "content-length": String(body.length) }, content: body };
}

function part({ body }: StoredObject, about: Readonly<Record<string, string>>, range: string): S3Reply {
  const [, from = "", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  if (from === "" || Number(from) >= body.length) return failure({ status: 416, code: "InvalidRange" });
  const content = body.subarray(Number(from), to === "" ? undefined : Number(to) + 1);
  const last = Number(from) + content.length - 1;
  const headers = {
    ...about,
    "content-length": String(content.length),
    "content-range": `bytes ${from}-${last}/${body.length}`,
  };
  return { status: 206, headers, content };
}

/** What is answered in place of S3; undefined where only the way of its answer is disturbed. */
function answerOf(fault: S3Fault): S3Reply | undefined {
  if ("page" in fault) return { status: 200, headers: { "content-type": "text/html" }, content: fault.page };
  return "code" in fault ? failure(fault) : undefined;
}

function failure({ status, code, headers }: Extract<S3Fault, { readonly code: string }>): S3Reply {
  const content = `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return { status, headers: { ...XML, ...headers }, content };
}

function callOf({ method = "", url = "/", headers }: IncomingMessage): S3Call {
  // No URL object: it would take `..` out of keys.
  const [path = "", search = ""] = url.split("?", 2);
  const key = decodeURIComponent(path.split("/").slice(2).join("/"));
  // The scope of the signature: <key>/<day>/<region>/s3/aws4_request.
  const region = headers.authorization?.split("/")[2] ?? "";
  return { method, key, query: new Map(new URLSearchParams(search)), headers, region };
}
