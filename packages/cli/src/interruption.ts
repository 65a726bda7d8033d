/**
 * A signal that the first SIGINT or SIGTERM aborts. The second one ends the process at once, as if nobody listened: by the signal itself, since
 * an orderly exit would wait for threads that are at work in DuckDB.
 */
export function interruption(onFirst: () => void): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const end = (): void => {
    process.off("SIGINT", listener);
    process.off("SIGTERM", listener);
  };
  const listener = (): void => {
    if (!controller.signal.aborted) {
      controller.abort();
      onFirst();
      return;
    }
    end();
    process.kill(process.pid, "SIGINT");
  };
  process.on("SIGINT", listener);
  process.on("SIGTERM", listener);
  return { signal: controller.signal, end };
}
