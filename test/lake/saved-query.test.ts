import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseSavedQuery, positionalSavedQuery, QueryCatalogue, renderSavedQuery } from "@tributary/lake";
import { describe, expect, it } from "vitest";
import { awkwardFolder } from "./lake-fixture.js";

const HEADER = [
  "-- @name talkers",
  "-- @title Talkers",
  "-- @answers Who talks?",
  "-- @read One row each,",
  "--   biggest first.",
];
const PARAMETERS = [
  "-- @param days integer 7 How many days",
  "-- @param today date current_date The newest day",
  "-- @param name varchar 'it''s' A name",
];
const SQL =
  "SELECT * FROM traffic WHERE eventday > /*:today*/ current_date - /*:days*/ 7 AND n IN (/*:name*/ 'it''s', /*:name*/ 'it''s')";
const text = [...HEADER, ...PARAMETERS, "", SQL].join("\n");

describe("a saved query", () => {
  it("has a header that names and explains it and its parameters", () => {
    expect(parseSavedQuery(text, "talkers.sql")).toEqual({
      name: "talkers",
      title: "Talkers",
      answers: "Who talks?",
      read: "One row each, biggest first.",
      localOnly: false,
      parameters: [
        { name: "days", type: "integer", default: "7", description: "How many days" },
        { name: "today", type: "date", default: "current_date", description: "The newest day" },
        { name: "name", type: "varchar", default: "'it''s'", description: "A name" },
      ],
      text,
    });
  });

  it("is complete SQL: rendered without values it is the file itself", () => {
    expect(renderSavedQuery(parseSavedQuery(text, "f"))).toBe(text);
  });

  it("takes values as typed literals in every marked place", () => {
    const rendered = renderSavedQuery(parseSavedQuery(text, "f"), { days: "30", name: "'; DROP TABLE x; --" });
    expect(rendered.split("\n").at(-1)).toBe(
      "SELECT * FROM traffic WHERE eventday > /*:today*/ current_date - /*:days*/ 30 AND n IN (/*:name*/ '''; DROP TABLE x; --', /*:name*/ '''; DROP TABLE x; --')",
    );
  });

  it("counts relative days from the newest day when it is given one", () => {
    const query = parseSavedQuery(text, "f");
    expect(renderSavedQuery(query, {}, "2026-11-21")).toContain("/*:today*/ DATE '2026-11-21'");
    expect(renderSavedQuery(query, { today: "2026-01-01" }, "2026-11-21")).toContain("/*:today*/ DATE '2026-01-01'");
  });

  it("maps names to positional parameters for Athena", () => {
    const { text: sql, parameters } = positionalSavedQuery(parseSavedQuery(text, "f"), { days: "30" });
    expect(sql.split("\n").at(-1)).toBe(
      "SELECT * FROM traffic WHERE eventday > /*:today*/ current_date - /*:days*/ ? AND n IN (/*:name*/ ?, /*:name*/ ?)",
    );
    expect(parameters).toEqual(["30", "'it''s'", "'it''s'"]);
  });

  it("names its parameters when it is given another", () => {
    expect(() => renderSavedQuery(parseSavedQuery(text, "f"), { day: "3" })).toThrow(
      'no parameter "day": use days, today, name',
    );
  });

  it("names the parameter whose value is bad", () => {
    expect(() => renderSavedQuery(parseSavedQuery(text, "f"), { days: "x" })).toThrow(
      expect.objectContaining({
        code: "bad-sql-value",
        message: 'parameter days: "x" is not of type integer: write it like 42',
      }),
    );
  });

  it.each([
    ["lacks a tag", [...HEADER.slice(1), SQL.replaceAll(/\/\*.*?\*\//g, "")], "f:1: the header lacks @name"],
    ["has an unknown tag", ["-- @nmae x", ...HEADER, "SELECT 1"], "f:1: unknown tag @nmae"],
    ["names a tag twice", [...HEADER, "-- @title T", "SELECT 1"], "f:6: @title is given twice"],
    ["has prose in its header", [...HEADER, "-- hello", "SELECT 1"], 'f:6: "-- hello" is no header line'],
    ["has a malformed parameter", [...HEADER, "-- @param days integer", "SELECT 1"], "f:6: @param days integer: write"],
    [
      "has a parameter of an unknown type",
      [...HEADER, "-- @param days int 7 Days", "SELECT /*:days*/ 7"],
      "f:6: @param days: unknown type int",
    ],
    [
      "has a default of another type",
      [...HEADER, "-- @param days integer 'x' Days", "SELECT /*:days*/ 'x'"],
      "f:6: @param days: ",
    ],
    [
      "marks what is no literal",
      [...HEADER, "-- @param days integer 7 Days", "", "SELECT /*:days*/ 7,", "/*:days*/ now()"],
      "f:9: a /*:name*/ mark must be followed by a literal",
    ],
    ["marks an unknown parameter", [...HEADER, "", "SELECT /*:days*/ 7"], "f:7: /*:days*/ has no @param line"],
    [
      "has two defaults for one parameter",
      [...HEADER, "-- @param days integer 7 Days", "SELECT /*:days*/ 8"],
      "f:7: /*:days*/ 8 differs from its default 7",
    ],
    [
      "declares what it does not use",
      [...HEADER, "-- @param days integer 7 Days", "SELECT 1"],
      "@param days is used nowhere",
    ],
    [
      "declares a parameter twice",
      [...HEADER, "-- @param d integer 7 D", "-- @param d integer 7 D", "SELECT /*:d*/ 7"],
      "same name",
    ],
    [
      "is limited to an unknown place",
      [...HEADER, "-- @only cloud", "SELECT 1"],
      'f:6: @only cloud: "local" is the only',
    ],
    ["has no SQL", [...HEADER, "", " "], "there is no SQL after the header"],
    ["ends in a semicolon", [...HEADER, "SELECT 1;"], "ends in a semicolon"],
  ])("that %s is refused by file and line", (_, lines, message) => {
    expect(() => parseSavedQuery(lines.join("\n"), "f")).toThrow(message);
  });
});

describe("a catalogue", () => {
  it("reads a folder's queries by name, and leaves other files alone", async () => {
    const folder = awkwardFolder();
    writeFileSync(join(folder, "talkers.sql"), text);
    writeFileSync(join(folder, "notes.md"), "no query");
    mkdirSync(join(folder, "views"));
    const catalogue = await QueryCatalogue.read(folder);
    expect(catalogue.list().map(({ name }) => name)).toEqual(["talkers"]);
    expect(catalogue.get("talkers").title).toBe("Talkers");
    expect(() => catalogue.get("talker")).toThrow('there is no query "talker": use talkers');
  });

  it("refuses a file that is named unlike its query", async () => {
    const folder = awkwardFolder();
    writeFileSync(join(folder, "walkers.sql"), text);
    await expect(QueryCatalogue.read(folder)).rejects.toThrow(/walkers\.sql:1: @name is talkers/);
  });

  it("says what to name when the folder cannot be read", async () => {
    await expect(QueryCatalogue.read(join(awkwardFolder(), "none"))).rejects.toMatchObject({ code: "no-queries" });
  });
});
