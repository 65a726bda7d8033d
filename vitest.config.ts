import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/engines/**", "test/corpus/**", "test/bench/**", "node_modules/**"],
    globalSetup: ["test/cli/build-command.ts"],
    testTimeout: 60_000,
  },
});
