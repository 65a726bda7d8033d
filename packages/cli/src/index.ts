export { SAMPLE_END, type SampleRequest, type SampleWritten, writeSample } from "./sample/write-sample.js";
export { endQuietlyOnBrokenPipe, writePieces } from "./terminal/broken-pipe.js";
export type { Column } from "./terminal/column.js";
export { ProgressLine, type ProgressOptions, type ProgressState, type ProgressStream } from "./terminal/progress.js";
export type { RowBatches, RowOptions } from "./terminal/rows.js";
export { safeText } from "./terminal/safe-text.js";
export { type ColorWish, Style, wantsColor } from "./terminal/style.js";
export { formatRows, parseRowFormat, ROW_FORMATS, type RowFormat } from "./terminal/table.js";
export { formatBytes, formatCount, formatDuration, formatRate, formatTime } from "./terminal/units.js";
