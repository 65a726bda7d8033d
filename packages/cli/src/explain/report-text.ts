import { safeText } from "../terminal/safe-text.js";
import type { Style } from "../terminal/style.js";
import { textWidth } from "../terminal/text-width.js";
import { wrapText } from "../terminal/wrap-text.js";
import type { Block, Fact, Mark, MarkedRow, Report, RowsBlock } from "./report.js";

/** `✓` lets it pass, `✗` stops it, `?` may do so: never told by colour alone. */
const SIGNS: Readonly<Record<Mark, string>> = { allows: "✓", denies: "✗", maybe: "?", none: " " };

const INDENT = 3;
/** Between columns. */
const GAP = 2;
/** Prose in wider lines is hard to read. */
const WIDEST_PROSE = 100;

/** A report for a terminal of `width` columns; undefined for files and pipes, where rows take the room they need. */
export function reportText(report: Report, width: number | undefined, style: Style): string {
  const layout = new Layout(width, style);
  const title = layout.prose(report.title, 0).map(style.heading);
  const answer = report.answer.flatMap((sentence) => layout.prose(sentence, 0));
  const steps = report.steps.map(({ heading, blocks }, index) =>
    [
      ...layout.prose(`${index + 1}. ${heading}`, 0).map(style.heading),
      ...blocks.flatMap((block) => layout.block(block)),
    ].join("\n"),
  );
  return `${[[...title, ...answer].join("\n"), ...steps].join("\n\n")}\n`;
}

class Layout {
  constructor(
    private readonly width: number | undefined,
    private readonly style: Style,
  ) {}

  block(block: Block): readonly string[] {
    switch (block.kind) {
      case "text":
        return this.prose(block.text, INDENT);
      case "facts":
        return this.facts(block.facts);
      case "rows":
        return this.rows(block);
    }
  }

  prose(content: string, indent: number): readonly string[] {
    const room = Math.min(this.width ?? WIDEST_PROSE, WIDEST_PROSE) - indent;
    return wrapText(safeText(content), room).map((line) => " ".repeat(indent) + line);
  }

  private facts(facts: readonly Fact[]): readonly string[] {
    const labels = Math.max(0, ...facts.map(([label]) => textWidth(label))) + GAP;
    return facts.flatMap(([label, value]) => {
      const lines = wrapText(safeText(value), this.room(INDENT + labels));
      return lines.map(
        (line, i) => " ".repeat(INDENT) + this.style.muted((i === 0 ? label : "").padEnd(labels)) + line,
      );
    });
  }

  /** Aligned columns where they fit; else an indented paragraph for each row. */
  private rows({ columns, rows }: RowsBlock): readonly string[] {
    const cells = rows.map((row) => row.cells.map(safeText));
    const widths = columns.map((name, i) => Math.max(textWidth(name), ...cells.map((row) => textWidth(row[i] ?? ""))));
    const total = INDENT + GAP + widths.reduce((sum, each) => sum + each + GAP, -GAP);
    if (this.width !== undefined && total > this.width) {
      return rows.flatMap((row, i) => this.paragraph(row, columns, cells[i] ?? []));
    }
    const line = (parts: readonly string[]) =>
      parts
        .map((part, i) => part + " ".repeat((widths[i] ?? 0) - textWidth(part) + GAP))
        .join("")
        .trimEnd();
    const head = this.style.muted(line(columns));
    return [
      `${" ".repeat(INDENT + GAP)}${head}`,
      ...rows.map(
        (row, i) => `${" ".repeat(INDENT)}${this.marked(row.mark, `${SIGNS[row.mark]} ${line(cells[i] ?? [])}`)}`,
      ),
    ];
  }

  private paragraph(
    { mark, brief }: MarkedRow,
    columns: readonly string[],
    cells: readonly string[],
  ): readonly string[] {
    const indent = INDENT + GAP;
    const [first = "", ...rest] = cells;
    const named = rest.map((cell, i) => (cell === "" ? "" : `${columns[i + 1]} ${cell}`)).filter((part) => part !== "");
    const words = brief === undefined ? named.join(", ") : safeText(brief);
    const lines = wrapText(words, this.room(indent + GAP));
    return [
      ...wrapText(first, this.room(indent)).map((each, i) =>
        this.marked(mark, `${" ".repeat(INDENT)}${i === 0 ? SIGNS[mark] : " "} ${each}`),
      ),
      ...(rest.length === 0 ? [] : lines.map((each) => " ".repeat(indent + GAP) + each)),
    ];
  }

  private marked(mark: Mark, line: string): string {
    if (mark === "allows") return this.style.good(line);
    if (mark === "denies") return this.style.bad(line);
    return mark === "maybe" ? this.style.warning(line) : line;
  }

  private room(indent: number): number | undefined {
    return this.width === undefined ? undefined : Math.max(10, this.width - indent);
  }
}
