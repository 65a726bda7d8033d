import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One call, as EC2's query protocol brings it. */
export interface Ec2Call {
  readonly action: string;
  readonly region: string;
  /** Parameters by their dotted names, e.g. `Filter.1.Value.2`. */
  readonly parameters: ReadonlyMap<string, string>;
}

export type XmlValue = string | number | boolean | readonly XmlValue[] | { readonly [name: string]: XmlValue };

/** How a call is answered: as EC2 does, with an error, with anything at all, not at all, or not to the end. */
export type Ec2Reply =
  | { readonly kind: "answer"; readonly fields: Readonly<Record<string, XmlValue>> }
  | { readonly kind: "error"; readonly status: number; readonly code: string; readonly message?: string }
  | { readonly kind: "text"; readonly status: number; readonly text: string }
  | { readonly kind: "hang" }
  | { readonly kind: "stall" };

/** Answers a call; `number` counts the calls of its action in its region, from 1. */
export type Ec2Script = (call: Ec2Call, number: number) => Ec2Reply;

/** A server on loopback that speaks EC2's protocol and says what a script tells it to. */
export class ScriptedEc2 {
  readonly calls: Ec2Call[] = [];
  readonly #server: Server;
  readonly #script: Ec2Script;

  private constructor(script: Ec2Script) {
    this.#script = script;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const parameters = new Map(new URLSearchParams(Buffer.concat(chunks).toString("utf8")));
        const action = parameters.get("Action") ?? "";
        // The scope of the signature: <key>/<day>/<region>/ec2/aws4_request.
        const region = request.headers.authorization?.split("/")[2] ?? "";
        const call = { action, region, parameters };
        this.calls.push(call);
        this.#reply(this.#script(call, this.callsOf(action, region).length), call, response);
      });
    });
  }

  static async start(script: Ec2Script): Promise<ScriptedEc2> {
    const scripted = new ScriptedEc2(script);
    await new Promise<void>((resolve) => scripted.#server.listen(0, "127.0.0.1", resolve));
    return scripted;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  callsOf(action: string, region?: string): readonly Ec2Call[] {
    return this.calls.filter((call) => call.action === action && (region === undefined || call.region === region));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #reply(reply: Ec2Reply, { action }: Ec2Call, response: ServerResponse): void {
    switch (reply.kind) {
      case "answer":
        response
          .writeHead(200, { "content-type": "text/xml" })
          .end(`<${action}Response><requestId>r</requestId>${xml(reply.fields)}</${action}Response>`);
        return;
      case "error": {
        const error = xml({ Code: reply.code, Message: reply.message ?? reply.code });
        response
          .writeHead(reply.status, { "content-type": "text/xml" })
          .end(`<Response><Errors><Error>${error}</Error></Errors><RequestID>r</RequestID></Response>`);
        return;
      }
      case "text":
        response.writeHead(reply.status, { "content-type": "text/xml" }).end(reply.text);
        return;
      case "stall":
        response.writeHead(200, { "content-type": "text/xml" }).write(`<${action}Response>`);
        return;
      case "hang":
        return;
    }
  }
}

export const answer = (fields: Readonly<Record<string, XmlValue>> = {}): Ec2Reply => ({ kind: "answer", fields });

/** The page of a list that a call asks for: `size` items, or as many as the call wants if it wants fewer. */
export function page(call: Ec2Call, list: string, items: readonly XmlValue[], size: number): Ec2Reply {
  const from = Number(call.parameters.get("NextToken") ?? 0);
  const to = from + Math.min(size, Number(call.parameters.get("MaxResults") ?? size));
  return answer({ [list]: items.slice(from, to), ...(to < items.length ? { nextToken: String(to) } : {}) });
}

/** The values of a filter, e.g. of `network-interface-id`; undefined if the call has none of this name. */
export function filterValues({ parameters }: Ec2Call, name: string): readonly string[] | undefined {
  const number = [...parameters]
    .find(([key, value]) => /^Filter\.\d+\.Name$/.test(key) && value === name)?.[0]
    .split(".")[1];
  if (number === undefined) return undefined;
  return [...parameters].filter(([key]) => key.startsWith(`Filter.${number}.Value.`)).map(([, value]) => value);
}

function xml(value: XmlValue): string {
  if (Array.isArray(value)) return value.map((item: XmlValue) => `<item>${xml(item)}</item>`).join("");
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, inner]: [string, XmlValue]) => `<${name}>${xml(inner)}</${name}>`)
      .join("");
  }
  return String(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
