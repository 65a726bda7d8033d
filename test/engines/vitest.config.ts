import { defineConfig } from "vitest/config";

/** Tests against real engines; `npm run test:engines` starts what they need. */
export default defineConfig({
  test: {
    include: ["test/engines/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
