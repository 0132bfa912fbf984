// Says whether this build has the request queue: filter.wasm has it, and filter-without-queue.wasm does not (docs/adr/0052-a-module-without-queue.md).

/** WITH_QUEUE is defined by the compiler's option (filter/build.mjs), so that what a build does not need is left out of it. */
export const hasQueue: bool = isDefined(WITH_QUEUE);
