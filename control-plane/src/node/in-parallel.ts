// Bounds how many namespaces are worked on at once: each takes processes of tc, nft and ip.

const atOnce = 8;

/** Settles when all are done. Each action handles its own failures. */
export async function inParallel<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await action(next);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
