// Names the two request classes of the paper's experiment, and what identifies each of them along its path.

/** ls: latency-sensitive, a person waits for the answer. batch: an export that nobody waits for. */
export const classes = ["ls", "batch"] as const;
export type RequestClass = (typeof classes)[number];

/** The path that the client requests at the gateway; a rule of priority-policy.yaml distinguishes the classes by it. */
export const paths: Readonly<Record<RequestClass, string>> = { ls: "/productpage", batch: "/export" };

/** The level of priority-ladder.yaml that each class gets. */
export const levels: Readonly<Record<RequestClass, string>> = { ls: "interactive", batch: "batch" };

/** What an application sees in the header that carries the level: nothing for the default level. */
export const seenLevels: Readonly<Record<RequestClass, string>> = { ls: "none", batch: levels.batch };

/** The DSCP of that level: DF and CS1 (RFC 8622 section 2, RFC 4594). */
export const dscps: Readonly<Record<RequestClass, number>> = { ls: 0, batch: 8 };

export const names: Readonly<Record<RequestClass, string>> = { ls: "latency-sensitive", batch: "batch" };
