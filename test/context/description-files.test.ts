import { readDescriptions } from "@tributary/context";
import { FormatError } from "@tributary/flow";
import { describe, expect, it } from "vitest";

const file = (content: unknown, name = "some.json") => ({ name, text: JSON.stringify(content) });
const refusal = (code: string, ...parts: string[]) =>
  expect.objectContaining({
    constructor: FormatError,
    code,
    message: expect.stringMatching(
      new RegExp(parts.map((part) => part.replaceAll(/[[\]{}().*?]/g, "\\$&")).join(".*")),
    ),
  });

describe("files of descriptions", () => {
  it("say by their top-level key what they hold", () => {
    const read = readDescriptions([
      file({ NetworkInterfaces: [{ a: 1 }] }),
      file({ SecurityGroups: [{ a: 2 }] }),
      file({ SecurityGroupRules: [{ a: 3 }] }),
      file({ PrefixLists: [{ a: 4 }] }),
      file({ Entries: [{ a: 5 }] }, "pl-0123456789abcdef0.json"),
      file({ NetworkAcls: [{ a: 6 }] }),
      file({ Reservations: [{ Instances: [{ a: 7 }, { a: 8 }] }, { Instances: [{ a: 9 }] }] }),
      file({ Tags: [{ a: 10 }] }),
    ]);
    expect(read).toMatchObject({
      networkInterfaces: [{ a: 1 }],
      securityGroups: [{ a: 2 }],
      securityGroupRules: [{ a: 3 }],
      managedPrefixLists: [{ a: 4 }],
      prefixListEntries: new Map([["pl-0123456789abcdef0", [{ a: 5 }]]]),
      networkAcls: [{ a: 6 }],
      instances: [{ a: 7 }, { a: 8 }, { a: 9 }],
      instanceTags: [{ a: 10 }],
    });
  });

  it("leave out what none of them holds", () => {
    const { origins: _, ...read } = readDescriptions([file({ NetworkAcls: [] })]);
    expect(read).toEqual({ networkAcls: [] });
  });

  it("of one kind are joined", () => {
    const { networkInterfaces, prefixListEntries } = readDescriptions([
      file({ NetworkInterfaces: [{ a: 1 }] }, "a.json"),
      file({ NetworkInterfaces: [{ a: 2 }] }, "b.json"),
      file({ Entries: [{ a: 3 }] }, "1-pl-01234567.json"),
      file({ Entries: [{ a: 4 }] }, "2-pl-01234567.json"),
    ]);
    expect(networkInterfaces).toEqual([{ a: 1 }, { a: 2 }]);
    expect(prefixListEntries).toEqual(new Map([["pl-01234567", [{ a: 3 }, { a: 4 }]]]));
  });

  it("may hold several kinds", () => {
    expect(readDescriptions([file({ NetworkAcls: [], SecurityGroups: [{}] })])).toMatchObject({
      networkAcls: [],
      securityGroups: [{}],
    });
  });

  it("may begin with a byte order mark", () => {
    const text = `\uFEFF${JSON.stringify({ NetworkAcls: [{}] })}`;
    expect(readDescriptions([{ name: "a.json", text }]).networkAcls).toEqual([{}]);
  });

  it("cut off by --max-items are refused", () => {
    const cut = file({ SecurityGroups: [{}], NextToken: "eyJOZXh0VG9rZW4iOiBudWxsfQ==" }, "groups.json");
    expect(() => readDescriptions([cut])).toThrow(
      refusal("incomplete-description", "groups.json", "describe-security-groups", "without --max-items"),
    );
    expect(readDescriptions([file({ SecurityGroups: [], NextToken: null })]).securityGroups).toEqual([]);
  });

  it("that are something else are refused by what they are", () => {
    const refused = (text: string) => () => readDescriptions([{ name: "x.json", text }]);
    expect(refused('{"Vpcs": [], "Other": 1}')).toThrow(refusal("not-a-description", "x.json", "Vpcs, Other"));
    expect(refused("[1, 2]")).toThrow(refusal("not-a-description", "a list of 2", "--query"));
    expect(refused("{}")).toThrow(refusal("not-a-description", "an empty object"));
    expect(refused("7")).toThrow(refusal("not-a-description", "the JSON value 7"));
    expect(refused("2 123456789012 eni-1")).toThrow(refusal("not-a-description", "not JSON"));
    expect(refused("")).toThrow(refusal("not-a-description", "not JSON"));
    expect(refused('{"toString": 1}')).toThrow(refusal("not-a-description", "toString"));
  });
});

describe("entries of a prefix list", () => {
  const listOf = (name: string, content: object = { Entries: [] }) => [
    ...(readDescriptions([file(content, name)]).prefixListEntries?.keys() ?? []),
  ];

  it("belong to the list that the file is named after", () => {
    expect(listOf("inventory/eu-west-1/prefix-list-entries-pl-0123456789abcdef0.json")).toEqual([
      "pl-0123456789abcdef0",
    ]);
    expect(listOf("C:\\inventory\\pl-6ea54007.json")).toEqual(["pl-6ea54007"]);
  });

  it("belong to the list that stands with them, whatever the file's name", () => {
    expect(listOf("pl-6ea54007.json", { PrefixListId: "pl-0a1b2c3d", Entries: [] })).toEqual(["pl-0a1b2c3d"]);
  });

  it("of a list that nothing names are refused with the remedy", () => {
    const expected = refusal("unnamed-prefix-list", "entries.json", "name the file after it");
    expect(() => listOf("pl-6ea54007/entries.json")).toThrow(expected);
    expect(() => listOf("pl-6ea54007-pl-0a1b2c3d-entries.json")).toThrow(
      expect.objectContaining({ code: "unnamed-prefix-list" }),
    );
  });
});
