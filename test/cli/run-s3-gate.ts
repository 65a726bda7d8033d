import { createServer, request as forward, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A way to a service that holds gets of objects until it is opened, so that a test knows what a command has in hand. */
export class S3Gate {
  /** Gets that came, held ones included. */
  gets = 0;
  readonly #server: Server;
  #release: () => void = () => undefined;
  readonly #opened = new Promise<void>((resolve) => {
    this.#release = resolve;
  });
  #arrived: () => void = () => undefined;

  private constructor(
    endpoint: string,
    /** So many gets pass; those after them are held. */
    private readonly passing: number,
  ) {
    this.#server = createServer(async (incoming, response) => {
      const { method, url = "/", headers } = incoming;
      if (method === "GET" && !url.includes("list-type=")) await this.#pass();
      const onward = forward(new URL(url, endpoint), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.destroy());
      response.on("close", () => onward.destroy());
      incoming.pipe(onward);
    });
  }

  static async before(endpoint: string, { passing }: { readonly passing: number }): Promise<S3Gate> {
    const gate = new S3Gate(endpoint, passing);
    await new Promise<void>((resolve) => gate.#server.listen(0, "127.0.0.1", resolve));
    return gate;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when so many gets are held. */
  async holds(count: number): Promise<void> {
    while (this.gets - this.passing < count) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  /** Lets through what is held, and all that comes. */
  open(): void {
    this.#release();
  }

  async close(): Promise<void> {
    this.open();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(): Promise<void> {
    const number = ++this.gets;
    this.#arrived();
    if (number > this.passing) await this.#opened;
  }
}
