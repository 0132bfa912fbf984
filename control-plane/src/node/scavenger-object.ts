// Finds the scavenger's BPF object where the sources, the package and the images have it.
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Above this file, or above the script that it is bundled into. */
const above = ["..", "../../.."].map((up) => join(import.meta.dirname, up, "scavenger/scavenger.bpf.o"));

export const scavengerObject = above.find((file) => existsSync(file)) ?? above[0]!;
