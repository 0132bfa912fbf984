// In a single executable, takes the place of control-plane/src/node/scavenger-object.ts: the scavenger, a program of its own with a licence of
// its own, is not inside. Who needs it puts the npm package's folder of it beside the executable.
import { dirname, join } from "node:path";

export const scavengerObject: string = join(dirname(process.execPath), "scavenger/scavenger.bpf.o");
