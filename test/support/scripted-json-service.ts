import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface JsonCall {
  /** E.g. `Firehose_20150804.PutRecordBatch`. */
  readonly target: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface JsonReply {
  readonly status?: number;
  readonly body: object;
}

/** A service of AWS that speaks JSON, on loopback, which answers as a script says. */
export class ScriptedJsonService {
  readonly calls: JsonCall[] = [];
  readonly #server: Server;

  private constructor(script: (call: JsonCall, number: number) => JsonReply) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const input = JSON.parse(Buffer.concat(chunks).toString("utf8")) as JsonCall["input"];
        const call = { target: String(request.headers["x-amz-target"]), input };
        this.calls.push(call);
        const { status = 200, body } = script(call, this.calls.length);
        response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
      });
    });
  }

  static async start(script: (call: JsonCall, number: number) => JsonReply): Promise<ScriptedJsonService> {
    const scripted = new ScriptedJsonService(script);
    await new Promise<void>((resolve) => scripted.#server.listen(0, "127.0.0.1", resolve));
    return scripted;
  }

  /** Settings of a client that talks to it. */
  get client() {
    return {
      endpoint: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      region: "eu-west-1",
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
      maxAttempts: 1,
    };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
