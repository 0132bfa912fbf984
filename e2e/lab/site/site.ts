// Starts what stays up for the whole run: links, applications and the load generator. Arms are set up on it (testbed.ts).

import type { Profile } from "../profiles.ts";
import { buildNetwork, removeNetwork } from "./network.ts";
import { type Application, type LoadGenerator, startApplication, startLoadGenerator } from "./processes.ts";
import { clearRedirection, redirect } from "./redirection.ts";
import { applications, appPort, client, replica } from "./topology.ts";
import { forwardings, traceHeaders } from "./trace-headers.ts";

export interface Site {
  readonly congestionControl: string;
  readonly apps: readonly Application[];
  readonly load: LoadGenerator;
  stop(): Promise<void>;
}

export interface SiteOptions {
  readonly profile: Profile;
  /** The headers that reviews forwards. */
  readonly forward: keyof typeof forwardings;
}

/** Of the replica: what keeps it busy. */
const exportsTake = 3;

/** Where the client reaches the applications without a gateway. */
export const directTarget = `http://${applications[0]?.address}:${appPort}`;

function startAll({ profile: { bytes, work }, forward }: SiteOptions): Promise<Application[]> {
  return Promise.all(
    [...applications, replica].map((pod) => {
      const service = pod.app as "productpage" | "details" | "reviews" | "ratings";
      const headers = service === "reviews" ? forwardings[forward] : traceHeaders;
      const slow = pod === replica ? { exportsTake } : {};
      return startApplication(pod, {
        service,
        forward: headers,
        bytes,
        ...(work === undefined ? {} : { work }),
        ...slow,
      });
    }),
  );
}

/** Closes every connection between applications, so that the next arm begins with new ones. */
export async function forgetConnections({ apps }: Pick<Site, "apps">): Promise<void> {
  await Promise.all(apps.map((app) => app.forget()));
}

/** Requests of each class until V8 has compiled what they run; before that, the slowest in a second are three times slower. */
const practice = { rps: { ls: 150, batch: 150 }, duration: 3 };

/** Sends load for some seconds without proxies and without queues. */
async function warm(site: Site): Promise<void> {
  await redirect(false);
  const classes = ["ls", "batch"] as const;
  await site.load.play({ target: directTarget, seed: [0], classes, ...practice, warmUp: 0, timeout: 10, hops: 0 });
  await forgetConnections(site);
  await clearRedirection();
}

/** @throws when a part does not start */
export async function buildSite(options: SiteOptions): Promise<Site> {
  const { congestionControl } = await buildNetwork();
  const apps = await startAll(options);
  const load = startLoadGenerator(client.name);
  const stop = async (): Promise<void> => {
    await Promise.all([...apps, load].map((one) => one.stop()));
    await removeNetwork();
  };
  const site = { congestionControl, apps, load, stop };
  await warm(site);
  return site;
}
