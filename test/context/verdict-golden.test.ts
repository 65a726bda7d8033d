import { explanationSentence, FlowExplainer, VERDICTS } from "@tributary/context";
import { describe, expect, it } from "vitest";
import { naiveExplanation } from "../support/naive-verdict.js";
import { type PlainExplanation, plainExplanation } from "../support/plain-explanation.js";
import { type ExpectedExplanation, verdictExamples } from "../support/verdict-examples.js";

const examples = verdictExamples();

function said({ groupsAsOf, recorderAsOf, ...rest }: PlainExplanation): ExpectedExplanation {
  expect(groupsAsOf).toHaveLength(rest.groups.length);
  expect(recorderAsOf === undefined).toBe(rest.verdict === "unknown-interface");
  return rest;
}

describe("flow-log lines", () => {
  it("have an example of every verdict", () => {
    const shown = new Set(examples.map((example) => example.expected.verdict));
    expect(VERDICTS.filter((verdict) => !shown.has(verdict))).toEqual([]);
  });

  for (const { name, title, flow, time, inventory, expected, sentence } of examples) {
    it(`are explained: ${title} (${name})`, () => {
      const explained = new FlowExplainer([inventory]).explain(flow, time);
      expect(said(plainExplanation(explained))).toEqual(expected);
      expect(explanationSentence(explained.explanation)).toBe(sentence);
      expect(said(naiveExplanation([inventory], flow, time))).toEqual(expected);
    });
  }
});
