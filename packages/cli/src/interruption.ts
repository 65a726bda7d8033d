/** A signal that the first SIGINT or SIGTERM aborts. The second one ends the process at once, as if nobody listened. */
export function interruption(onFirst: () => void): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    onFirst();
  };
  process.on("SIGINT", listener);
  process.on("SIGTERM", listener);
  return {
    signal: controller.signal,
    end: () => {
      process.off("SIGINT", listener);
      process.off("SIGTERM", listener);
    },
  };
}
