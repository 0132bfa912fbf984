// What every file of tests in a real cluster passes to `describe`.
import { obstacle } from "../kubernetes/build/requirements.ts";

/** An hour ends a file that hangs; whatever is awaited gives up long before (process/limit.ts). */
export const inCluster = { skip: obstacle() ?? false, timeout: 3_600_000 };
