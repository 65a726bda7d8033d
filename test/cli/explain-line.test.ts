import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FlowExplainer, inventoriesOf } from "@tributary/context";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { explainFlow } from "../../packages/cli/src/explain/explain-flow.js";
import { readFlowLine } from "../../packages/cli/src/explain/flow-line.js";
import { reportMarkdown } from "../../packages/cli/src/explain/report-markdown.js";
import { reportText } from "../../packages/cli/src/explain/report-text.js";
import { Style } from "../../packages/cli/src/terminal/style.js";
import { textWidth } from "../../packages/cli/src/terminal/text-width.js";
import { tributary } from "./command.js";
import { HEADER } from "./local-run.js";

const ENRICHER = fileURLToPath(new URL("../fixtures/cli/enricher", import.meta.url));

/** Three lines as the console's "Select all" orders their fields. */
const CLOSED =
  "123456789012 REJECT euw1-az3 40 10.0.2.219 16350 1696117903 ingress i-0e9d61210d64bab5a eni-0b0d5ccd83421d08d OK 1 - 10.0.2.219 - 128.199.106.150 6 eu-west-1 128.199.106.150 43865 1696117847 - - subnet-0f12bbc2bc7e308c6 2 - IPv4 5 vpc-03c7e7b1bf88b69a2";
const SCAN =
  "123456789012 REJECT euw1-az3 40 10.0.150.9 2323 1696117930 ingress i-0cae476b5fd09f557 eni-059b5231b3a62b05a OK 1 - 10.0.150.9 - 193.228.235.33 6 eu-west-1 193.228.235.33 39028 1696117875 - - subnet-0eff0662434b86147 2 - IPv4 5 vpc-03c7e7b1bf88b69a2";
const REPLY =
  "123456789012 ACCEPT euw1-az3 7218 10.0.150.9 36760 1696117930 ingress i-0cae476b5fd09f557 eni-059b5231b3a62b05a OK 24 - 10.0.150.9 AMAZON 67.220.228.165 6 eu-west-1 67.220.228.165 443 1696117875 - - subnet-0eff0662434b86147 19 - IPv4 5 vpc-03c7e7b1bf88b69a2";

interface RuleJson {
  readonly id: string;
  readonly protocol: string;
  readonly ports: string;
  readonly peer: string;
  readonly group: string;
  readonly match: string;
}

interface FlowJson {
  readonly verdict: string;
  readonly sentence: string;
  readonly rules: readonly RuleJson[];
  readonly reply_rules: readonly RuleJson[];
  readonly decided_by: { readonly as_reply: boolean; readonly rules: readonly string[] };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-explain-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const explain = (...args: string[]) => tributary(["explain", "--inventory", ENRICHER, ...args], { cwd: folder });

async function explained(line: string): Promise<FlowJson> {
  const { code, stdout, stderr } = await explain(line, "--output", "json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as FlowJson;
}

const barred = ({ id, protocol, ports, peer, group }: RuleJson) => [id, protocol, ports, peer, group].join("|");

describe("a flow-log line", () => {
  it("is explained by all inbound rules of the interface's group, none of which matches", async () => {
    const json = await explained(SCAN);

    expect(json.verdict).toBe("no-rule-matches");
    expect(json.rules.map(barred)).toEqual(["sgr-00b06fe3bdcc26c35|tcp|21-22|0.0.0.0/0|sg-06b386ec17eb82e3d"]);
    expect(json.rules.map(({ match }) => match)).toEqual(["no"]);
    expect(json.decided_by.rules).toEqual([]);
  });

  it("is explained as a reply by the outbound rule that let its connection out", async () => {
    const json = await explained(REPLY);

    expect(json.verdict).toBe("return-traffic");
    expect(json.reply_rules.map(barred)).toEqual(["sgr-09c9a1735de2a080a|all|all|0.0.0.0/0|sg-06b386ec17eb82e3d"]);
    expect(json.decided_by).toMatchObject({ as_reply: true, rules: ["sgr-09c9a1735de2a080a"] });
    expect(json.sentence).toContain("sgr-09c9a1735de2a080a");
  });

  it("says plainly that a group has no inbound rules", async () => {
    const { code, stdout } = await explain(CLOSED);

    expect(code).toBe(0);
    expect(stdout).toContain("Inbound rules: none");
    expect(stdout).toContain("closed (sg-076a6898553409f2e) has no inbound rules.");
  });

  it("is explained step by step: rules, replies, network ACL, and what was not looked at", async () => {
    const { stdout } = await explain(SCAN);

    expect(stdout.split("\n").filter((line) => /^\d\. /.test(line))).toEqual([
      "1. What the log says",
      "2. Interface",
      "3. Inbound rules: 1, none matches",
      "4. As a reply",
      "5. Network ACL acl-0a1b2c3d4e5f60001",
      "6. Limits",
    ]);
    expect(stdout).toContain("tcp-flags: SYN without ACK");
    expect(stdout).toMatch(/✓ 100 +allow/);
    expect(stdout).toMatch(/^ +\* +deny +all +all +all$/m);
    expect(stdout.replaceAll("\n   ", " ")).toContain("Not looked at: route tables, load balancers");
  });

  it.each([
    ["in a Firehose record", JSON.stringify({ message: SCAN })],
    ["as CloudWatch exports it", `2023-09-30T23:51:15.000Z ${SCAN}`],
    ["with spaces around it", `  ${SCAN}\r\n`],
  ])("is read %s", async (_, content) => {
    expect((await explained(content)).verdict).toBe("no-rule-matches");
  });

  it("is read from standard input with its header, whatever the order of its fields", async () => {
    const input =
      "dstaddr interface-id srcaddr srcport dstport protocol action start\n10.0.150.9 eni-059b5231b3a62b05a 192.0.2.9 40022 22 6 ACCEPT 1696117875\n";
    const { stdout } = await tributary(["explain", "-i", ENRICHER, "-o", "json", "-"], { input, cwd: folder });

    expect(JSON.parse(stdout)).toMatchObject({
      verdict: "allowed-by-rule",
      decided_by: { rules: ["sgr-00b06fe3bdcc26c35"] },
    });
  });

  it("is read in a format that is given, at a time that is given", async () => {
    const format = ["--format", "interface-id srcaddr dstaddr srcport dstport protocol action"];
    const line = "eni-059b5231b3a62b05a 192.0.2.9 10.0.150.9 40022 22 6 ACCEPT";

    const without = await explain(line, ...format);
    const { code, stdout } = await explain(line, ...format, "--time", "2026-10-01T00:00:00Z");

    expect(without.code).toBe(1);
    expect(without.stderr).toContain("--time");
    expect(code).toBe(0);
    expect(stdout).toContain("2026-10-01T00:00:00Z");
  });

  it("of an interface in no inventory says which accounts the inventory holds", async () => {
    const line =
      "2 123456789012 eni-0ffffffffffffffff 192.0.2.9 10.0.0.1 40022 22 6 1 40 1696117875 1696117900 REJECT OK";
    const { code, stdout } = await explain(line);

    expect(code).toBe(0);
    expect(stdout).toContain("The interface is in no inventory.");
    expect(stdout).toContain("123456789012 in eu-west-1");
    expect(stdout).toContain("collect a newer inventory");
  });

  it.each([
    ["that no format fits", "1 2 3", /3 fields.*"1 2 3"/],
    [
      "that says nothing was recorded",
      "2 123456789012 eni-059b5231b3a62b05a - - - - - - - 1696117875 1696117900 - NODATA",
      /nothing to explain/,
    ],
    ["that is two", `${SCAN}\n${REPLY}`, /one at a time/],
    ["that is a header alone", HEADER, /fields|format|one/],
    ["in JSON without a message", '{"mesage":"x"}', /"message"/],
  ])("%s is refused with the remedy", async (_, line, message) => {
    const { code, stdout, stderr } = await explain(line);

    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("wrong usage of explain", () => {
  it.each([
    [[], /give a flow-log line in quotes, or --target with --port/],
    [["--target", "x", "line"], /give a flow-log line in quotes, or --target/],
    [["--target", "x"], /give --port/],
    [["--target", "x", "--port", "65536"], /0 to 65535/],
    [["--target", "x", "--port", "1", "--protocol", "tpc"], /tcp, udp/],
    [["--target", "x", "--port", "1", "--src", "nowhere"], /203\.0\.113\.0\/24/],
    [["--target", "x", "--port", "1", "--from", "yesterday"], /7d or 12h/],
    [["--target", "x", "--port", "1", "--dst", "10.0.0.0/8", "--src", "10.0.0.0/8"], /one of its addresses/],
  ])("%j ends with 2 and says what to give", async (args, message) => {
    const { code, stdout, stderr } = await explain(...args);

    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("without any inventory ends with 3 and names the ways to give one", async () => {
    const { code, stderr } = await tributary(["explain", SCAN], { cwd: folder });

    expect(code).toBe(3);
    expect(stderr).toMatch(/no inventory.*--inventory.*--lake/);
  });

  it("with an inventory that is not there ends with 3", async () => {
    const { code, stderr } = await tributary(["explain", "--inventory", "nowhere", SCAN], { cwd: folder });

    expect(code).toBe(3);
    expect(stderr).toMatch(/there is no .*nowhere: name a snapshot/);
  });
});

const CONTROLS = "\u001b[2J | `a` @team https://example.org <b> \u202eevil";

/** A report of a flow in a network whose names and descriptions are all hostile. */
function hostileReport(hostile = CONTROLS) {
  const ids = { VpcId: "vpc-1", OwnerId: "123456789012" };
  const descriptions = {
    networkInterfaces: [
      {
        ...ids,
        NetworkInterfaceId: "eni-0a1b2c3d4e5f60001",
        SubnetId: "subnet-1",
        AvailabilityZone: "eu-west-1a",
        PrivateIpAddress: "10.0.0.1",
        InterfaceType: "interface",
        Description: hostile,
        Groups: [{ GroupId: "sg-1", GroupName: hostile }],
        TagSet: [{ Key: "Name", Value: hostile }],
      },
    ],
    securityGroups: [{ ...ids, GroupId: "sg-1", GroupName: hostile, Description: hostile }],
    securityGroupRules: [
      {
        SecurityGroupRuleId: "sgr-1",
        GroupId: "sg-1",
        GroupOwnerId: "123456789012",
        IsEgress: false,
        IpProtocol: "tcp",
        FromPort: 22,
        ToPort: 22,
        CidrIpv4: "0.0.0.0/0",
        Description: hostile,
      },
    ],
  };
  const snapshots = inventoriesOf(descriptions, { region: "eu-west-1", collectedAt: 0 });
  const line =
    "2 123456789012 eni-0a1b2c3d4e5f60001 192.0.2.9 10.0.0.1 40022 22 6 1 40 1696117875 1696117900 ACCEPT OK";
  return explainFlow(readFlowLine(line, undefined, undefined), new FlowExplainer(snapshots)).report;
}

/** What a reader of Markdown does not take as code. */
function outsideOfCode(markdown: string): string {
  return markdown.replaceAll(/(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)/g, "");
}

describe("names and descriptions that are hostile", () => {
  it("reach a terminal as text that moves and hides nothing", () => {
    const text = reportText(hostileReport(), 80, Style(false));

    expect(text).toContain("\\x1b[2J");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  it("make no markup, link, mention or table cell in a ticket", () => {
    const markdown = reportMarkdown(hostileReport());

    expect(outsideOfCode(markdown)).not.toMatch(/<b>|@team|https:\/\//);
    const table = markdown.split("\n").filter((line) => line.startsWith("| "));
    expect(new Set(table.map((line) => line.replaceAll("\\|", "").split("|").length))).toEqual(new Set([9]));
  });
});

const REFERENCES = [
  ...["@name", "#1", "group/project#1", "!12", "%1", '%"next one"', "~label", '~"two words"', "$12", "&3", "^alert#4"],
  ...["*iteration:5", "[vulnerability:6]", "[[page]]", "GH-7", "KEY-8", "user@example.org", "HTTPS://example.org"],
  ...["WWW.example.org", ":tada:", "a`#9`b", "``#9", "\\#9", "x\n#9", "x\n/close", "web #9, !9 and @name"],
];
/** What trackers look for in text, escaped or not. */
const REFERRING =
  /@\w|(?<!^|\n|#)#\d|!\d|[%~]["\w]|[$^&]\w|\*iteration|\[\w|\[\\?\[|GH-\d|KEY-\d|:\/\/|www\.|:tada:|\n\/close/i;

it("a ticket refers to nothing, whatever names and descriptions hold", () => {
  const referring = REFERENCES.filter((name) => {
    const outside = outsideOfCode(reportMarkdown(hostileReport(name)));
    return REFERRING.test(outside.replaceAll("&amp;", "&").replaceAll("&lt;", "<"));
  });

  expect(referring).toEqual([]);
});

it.each([100, 80, 60, 40])("a report fits a terminal of %i columns", (width) => {
  const lines = reportText(hostileReport(), width, Style(false)).split("\n");

  expect(lines.filter((line) => textWidth(line) > width)).toEqual([]);
});
