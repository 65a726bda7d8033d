import { type DescriptionPages, InterfaceLookup, type Page } from "@tributary/context/ec2";
import { describe, expect, it } from "vitest";
import { interfaceIds } from "../support/ec2-network.js";

const MINUTE = 60_000;

/** EC2 that knows some interfaces and answers when it is told to. */
class Interfaces {
  readonly asked: (readonly string[])[] = [];
  readonly #known: ReadonlySet<string>;
  #failure: Error | undefined;
  #gate: Promise<void> = Promise.resolve();

  constructor(known: readonly string[]) {
    this.#known = new Set(known);
  }

  failWith(failure: Error | undefined): void {
    this.#failure = failure;
  }

  /** Holds answers back until the function it gives is called. */
  hold(): () => void {
    let open = () => {};
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }

  readonly pages: Pick<DescriptionPages, "networkInterfaces"> = {
    networkInterfaces: (ids = []) => this.#answer(ids),
  };

  async *#answer(ids: readonly string[]): AsyncGenerator<Page<{ NetworkInterfaceId: string }>> {
    this.asked.push(ids);
    await this.#gate;
    if (this.#failure !== undefined) throw this.#failure;
    yield { items: ids.filter((id) => this.#known.has(id)).map((id) => ({ NetworkInterfaceId: id })), calls: 1 };
  }
}

function lookupOf(ec2: Interfaces, { batch = 200, callsPerMinute = 10 } = {}) {
  const clock = { now: 1_000_000 };
  const lookup = new InterfaceLookup(ec2.pages, { region: "eu-west-1", batch, callsPerMinute, now: () => clock.now });
  return { lookup, clock };
}

function throttled(attempts: number): Error {
  return Object.assign(new Error("Request limit exceeded."), {
    name: "RequestLimitExceeded",
    $metadata: { attempts },
  });
}

const [A = "", B = "", C = "", GONE = "", ...MORE] = interfaceIds(450);

describe("looking up interfaces", () => {
  it("asks for all of them with one call, and says which do not exist", async () => {
    const ec2 = new Interfaces([A, B, C]);
    const { lookup } = lookupOf(ec2);
    const result = await lookup.find([A, GONE, B]);
    expect(ec2.asked).toEqual([[A, GONE, B]]);
    expect(result.found.map((each) => each.NetworkInterfaceId)).toEqual([A, B]);
    expect(result).toMatchObject({ unknown: [GONE], postponed: [], problems: [], calls: 1 });
  });

  it("asks for no more than EC2 takes at once", async () => {
    const ec2 = new Interfaces(MORE);
    const { lookup } = lookupOf(ec2, { batch: 1000 });
    const { found, calls } = await lookup.find(MORE);
    expect(found).toHaveLength(446);
    expect(ec2.asked.map((ids) => ids.length)).toEqual([200, 200, 46]);
    expect(calls).toBe(3);
  });

  it("asks once for what is given twice", async () => {
    const ec2 = new Interfaces([A]);
    await lookupOf(ec2).lookup.find([A, A]);
    expect(ec2.asked).toEqual([[A]]);
  });

  it("shares the answer for an id that is being looked up already", async () => {
    const ec2 = new Interfaces([A, B, C]);
    const open = ec2.hold();
    const { lookup } = lookupOf(ec2);
    const both = Promise.all([lookup.find([A, B]), lookup.find([B, C])]);
    open();
    const [first, second] = await both;
    expect(ec2.asked).toEqual([[A, B], [C]]);
    expect(first.found).toHaveLength(2);
    expect(second.found).toHaveLength(2);
    expect(first.calls + second.calls).toBe(2);
  });

  it("asks anew when the answer is in", async () => {
    const ec2 = new Interfaces([A]);
    const { lookup } = lookupOf(ec2);
    await lookup.find([A]);
    await lookup.find([A]);
    expect(ec2.asked).toHaveLength(2);
  });

  it("stays within its calls per minute and postpones the rest", async () => {
    const ec2 = new Interfaces(MORE);
    const { lookup, clock } = lookupOf(ec2, { batch: 100, callsPerMinute: 3 });
    const first = await lookup.find(MORE.slice(0, 400));
    expect(first.found).toHaveLength(300);
    expect(first.postponed).toEqual(MORE.slice(300, 400));
    expect(first.unknown).toEqual([]);

    clock.now += MINUTE - 1;
    expect((await lookup.find(first.postponed)).postponed).toHaveLength(100);
    clock.now += 1;
    expect((await lookup.find(first.postponed)).found).toHaveLength(100);
    expect(ec2.asked).toHaveLength(4);
  });

  it("counts repetitions against its budget", async () => {
    const ec2 = new Interfaces([A]);
    const { lookup } = lookupOf(ec2, { callsPerMinute: 3 });
    ec2.failWith(throttled(3));
    await lookup.find([A]);
    ec2.failWith(undefined);
    expect((await lookup.find([A])).postponed).toEqual([A]);
  });

  it("postpones what EC2 does not answer, and says why", async () => {
    const ec2 = new Interfaces([A]);
    const { lookup } = lookupOf(ec2);
    ec2.failWith(throttled(2));
    const result = await lookup.find([A, GONE]);
    expect(result).toMatchObject({ found: [], unknown: [], postponed: [A, GONE], calls: 2 });
    expect(result.problems).toMatchObject([{ kind: "throttled", part: "interfaces" }]);
    ec2.failWith(undefined);
    expect((await lookup.find([A])).found).toHaveLength(1);
  });
});
