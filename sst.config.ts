// The app: one page. Its stacks are added one capability at a time; until the first of them is here, deploying creates nothing.
export default $config({
  app: (input) => ({
    name: "tributary",
    home: "aws",
    removal: input?.stage === "production" ? "retain" : "remove",
    protect: input?.stage === "production",
  }),
  async run() {
    return {};
  },
});
