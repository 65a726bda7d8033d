import { tmpdir } from "node:os";
import { ConfigurationError, matchTermText } from "@tributary/flow";
import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import { matchTerms, parseMatch } from "../../packages/cli/src/commands/match-options.js";
import { put, workFolder } from "./local-run.js";

describe("the options of a match", () => {
  it("mean or within one text, and between several", async () => {
    const lists = matchTerms("443", matchTerms("10.0.0.5,10.0.0.6", undefined));
    expect(lists.map((terms) => terms.map(matchTermText))).toEqual([["10.0.0.5", "10.0.0.6"], ["443"]]);
    expect((await parseMatch({ match: lists }))?.text).toBe("10.0.0.5,10.0.0.6 and 443");
  });

  it("may be left out", async () => {
    expect(await parseMatch({})).toBeUndefined();
  });

  it("end with what is wrong with a word", () => {
    expect(() => matchTerms("10.0.0.5,bar", undefined)).toThrow(InvalidArgumentError);
    expect(() => matchTerms("10.0.0.5,bar", undefined)).toThrow(/"bar" is nothing to look for: give an address/);
  });

  it("take lists of indicators from files", async () => {
    const path = put(workFolder(), "list.txt", "198.51.100[.]7\n203.0.113.0/24\n");
    const match = await parseMatch({ match: matchTerms("443", undefined), matchFile: [path] });
    expect(match?.text).toBe("198.51.100.7,203.0.113.0/24 and 443");
  });

  it("name the file and line of an indicator that is none", async () => {
    const path = put(workFolder(), "list.txt", "198.51.100.7\nnonsense\n");
    const refused = parseMatch({ matchFile: [path] });
    await expect(refused).rejects.toThrow(ConfigurationError);
    await expect(refused).rejects.toThrow(/list\.txt, line 2: "nonsense"/);
  });

  it.each([
    ["/nowhere/list.txt", "--match-file /nowhere/list.txt: there is no such file: give a file"],
    [tmpdir(), "it is a folder: give a file"],
  ])("name a list that cannot be read: %s", async (path, message) => {
    const refused = parseMatch({ matchFile: [path] });
    await expect(refused).rejects.toThrow(ConfigurationError);
    await expect(refused).rejects.toThrow(message);
  });

  it("refuse more conditions than fit", async () => {
    let lists = matchTerms("1", undefined);
    for (let port = 2; port <= 31; port++) lists = matchTerms(String(port), lists);
    await expect(parseMatch({ match: lists })).rejects.toThrow(ConfigurationError);
  });
});
