// A process of its own, on the core of Envoy's worker: for each message it walks through that many bytes of memory, as other programs do
// between two requests, and answers when it is done.

const line = 64;

/** Enough for the largest walk so far; its pages are written once, because pages that nobody wrote are all the same one. */
let memory = Buffer.alloc(0);
let sum = 0;

process.on("message", (bytes: number) => {
  if (memory.length < bytes) memory = Buffer.alloc(bytes, 1);
  for (let at = 0; at < bytes; at += line) sum += memory[at]!;
  process.send?.(sum);
});
process.on("disconnect", () => process.exit(0));
