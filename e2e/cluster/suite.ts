// The options that every test file for a real cluster passes to `describe`.
import { obstacle } from "../kubernetes/build/requirements.ts";

/** An hour ends a file that hangs; every wait gives up long before that (process/limit.ts). */
export const inCluster = { skip: obstacle() ?? false, timeout: 3_600_000 };
