import { Command, CommanderError, InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import {
  parseSourceOptions,
  type SourceOptions,
  sourceOptions,
  sourceRequest,
} from "../../packages/cli/src/commands/source-options.js";

const NOW = Date.UTC(2026, 9, 14, 12);
const ROLE = "arn:aws:iam::444455556666:role/read-logs";

/** A command with the options, which throws in place of ending the process. */
function command(...args: readonly string[]): Command {
  const parsed = sourceOptions(new Command("run"))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return parsed.parse(args, { from: "user" });
}

const request = (...args: readonly string[]) =>
  parseSourceOptions(command(...args).opts<SourceOptions>(), NOW, { TRIBUTARY_EXTERNAL_ID: undefined });

describe("the options of a source", () => {
  it("select nothing when there are none", () => {
    expect(request()).toEqual({ selection: {}, s3: {} });
  });

  it.each([
    ["2026-10-13", Date.UTC(2026, 9, 13)],
    ["2026-10-13T12:30Z", Date.UTC(2026, 9, 13, 12, 30)],
    ["2026-10-13T12:30:15+02:00", Date.UTC(2026, 9, 13, 10, 30, 15)],
    ["7d", Date.UTC(2026, 9, 7, 12)],
    ["12h", Date.UTC(2026, 9, 14)],
    ["30m", Date.UTC(2026, 9, 14, 11, 30)],
    ["2w", Date.UTC(2026, 8, 30, 12)],
  ])("take %s as a time", (text, time) => {
    expect(request("--from", text).selection).toEqual({ from: time });
    expect(request("--to", text).selection).toEqual({ to: time });
  });

  it.each([
    "yesterday",
    "7",
    "7y",
    "-7d",
    "2026-10-13T12:30",
    "2026-99-01",
    "2026-02-30",
    "2027-02-29T00:00Z",
    "1e3d",
    "",
  ])("refuse %j as a time", (text) => {
    expect(() => command(`--from=${text}`)).toThrow(/Give a time such as 2026-10-14.*7d/);
  });

  it("refuse a time that is empty, as a usage error", () => {
    const options = command("--from", "1d", "--to", "2d");
    expect(() => parseSourceOptions(options.opts(), NOW)).toThrow(InvalidArgumentError);
    expect(() => sourceRequest(options, NOW)).toThrow(/--from 2026-10-13T12:00:00.000Z is not before --to 2026-10-12/);
    expect(() => request("--from", "2026-10-13", "--to", "2026-10-13")).toThrow(/first moment that is left out/);
  });

  it("take several accounts and regions, repeated or divided by commas, each once", () => {
    const args = [
      "--account",
      "123456789012,444455556666",
      "--account",
      "123456789012",
      "--region",
      "eu-west-1, westeurope",
    ];
    expect(request(...args).selection).toEqual({
      accounts: ["123456789012", "444455556666"],
      regions: ["eu-west-1", "westeurope"],
    });
  });

  it.each([
    ["--account", "123", /12 digits/],
    ["--account", "123456789012,", /12 digits/],
    ["--region", "eu/west", /Give a region/],
    ["--role-arn", "read-logs", /ARN of a role/],
    ["--endpoint", "127.0.0.1:9000", /Give a URL/],
  ])("refuse %s %s", (option, value, message) => {
    expect(() => command(option, value)).toThrow(message);
  });

  it.each([
    "http://user:secret@127.0.0.1:9000",
    "https://secret@store.example",
    "user:secret@store",
    "ftp://u:secret@x",
  ])("refuse a URL with a password in it, and do not show it: %s", (endpoint) => {
    let said = "";
    const program = sourceOptions(new Command("run"))
      .exitOverride()
      .configureOutput({
        writeErr: (text) => {
          said += text;
        },
      })
      .action(() => expect.fail("it began"));
    expect(() => program.parse(["--endpoint", endpoint], { from: "user" })).toThrow(CommanderError);
    expect(said).toMatch(/--endpoint <url>' holds a user name or password.*keys as AWS credentials/);
    expect(said).not.toContain("secret");
  });

  it("say with what the store is called; the external id comes from the environment", () => {
    const args = ["--profile", "audit", "--role-arn", ROLE, "--endpoint", "http://127.0.0.1:9000"];
    const s3 = { profile: "audit", roleArn: ROLE, endpoint: "http://127.0.0.1:9000" };
    expect(request(...args).s3).toEqual(s3);
    const environment = { TRIBUTARY_EXTERNAL_ID: "of-the-policy" };
    expect(parseSourceOptions(command(...args).opts(), NOW, environment).s3).toEqual({
      ...s3,
      externalId: "of-the-policy",
    });
  });
});
