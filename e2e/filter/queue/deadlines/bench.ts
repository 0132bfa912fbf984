// npm run bench:deadlines: how much work an overloaded service does for clients that have gone, with and without deadlines that are carried
// through a chain of three services (chain.ts). Under three minutes; --seconds, --load (percent), --patience (milliseconds).
import { readOptions } from "../../options.ts";
import { queueOf } from "../proxy.ts";
import { type ChainOptions, runChain } from "./chain.ts";

const options = readOptions({ seconds: 12, load: 130, patience: 200, work: 40, workers: 4, limit: 5 });

const level = { maxWait: 10_000, share: 500 } as const;
const queue = (limit: number, onTimeout: "Forward" | "Reject") =>
  queueOf(limit, { levels: [9000, 500, 500].map((share) => ({ ...level, onTimeout, share })) });

if (options === undefined) process.exitCode = 2;
else {
  const { seconds, load, patience, work, workers, limit } = options;
  const common = { workers, work, patience, load: load / 100, burst: 0, warmUp: 4, seconds };
  const arms: Readonly<Record<string, Partial<ChainOptions>>> = {
    "no queue": {},
    "queue, Reject": { queue: queue(limit, "Reject") },
    "queue, Reject, deadlines carried": { queue: queue(limit, "Reject"), deadlines: "Carry" },
    "queue, Forward, deadlines carried": { queue: queue(limit, "Forward"), deadlines: "Carry" },
    "queue, Forward, deadlines enforced": { queue: queue(limit, "Forward"), deadlines: "Enforce" },
  };
  console.log("arm | for a client | for nobody | all answers (0: the client gave up)");
  for (const [name, arm] of Object.entries(arms)) {
    const { useful, useless, answers } = await runChain({ ...common, ...arm });
    const statuses = [...answers].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
    console.log([name, useful, useless, statuses.join(", ")].join(" | "));
  }
}
