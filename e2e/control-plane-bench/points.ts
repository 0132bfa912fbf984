// Makes the measurements of a run, one point for each size. The same cluster grows from size to size.

import type { Watcher } from "../measure/step-progress.ts";
import { type ExpediteCost, measureExpedite } from "./measure/expedite.ts";
import { istiodIdle, measureMesh, type ProxyCost } from "./measure/mesh.ts";
import { rssMegabytes } from "./measure/process.ts";
import { podsPerService, servicesPerNamespace } from "./mesh/objects.ts";
import { grow } from "./mesh/populate.ts";
import type { Options } from "./options.ts";
import { applyRights } from "./site/controller.ts";
import type { Site } from "./site/site.ts";

export interface MeshCost {
  readonly istiodRssMegabytes: number;
  readonly proxies: readonly ProxyCost[];
}

/** The fields of `ExpediteCost` are absent if Expedite was not measured. */
export interface Point extends Partial<ExpediteCost> {
  readonly services: number;
  readonly pods: number;
  readonly namespaces: number;
  readonly without?: MeshCost;
  readonly with?: MeshCost;
  /** With clusters by level only for the Services of one namespace. */
  readonly listed?: MeshCost;
}

export async function measurePoints(site: Site, options: Options, watcher: Watcher): Promise<readonly Point[]> {
  const { arms, repeats, starts, idleSeconds } = options;
  const points: Point[] = [];
  const isInstalled = arms.includes("with") || arms.includes("listed");
  if (isInstalled) await applyRights(site);
  for (const [index, services] of options.services.entries()) {
    const size = `${services} services`;
    watcher(`${size}: creating the objects`);
    await grow(site.api, options.services[index - 1] ?? 0, services);
    await istiodIdle(site);
    const namespaces = services / servicesPerNamespace;
    let point: Point = { services, pods: services * podsPerService, namespaces };
    const mesh = async (): Promise<MeshCost> => ({
      istiodRssMegabytes: rssMegabytes(site.istiod.pid),
      proxies: await measureMesh(site, { starts, pushes: repeats, watcher }),
    });
    if (arms.includes("without")) {
      watcher(`${size}: the mesh without Expedite`);
      point = { ...point, without: await mesh() };
    }
    if (isInstalled) {
      watcher(`${size}: the controller`);
      const during: { with?: MeshCost; listed?: MeshCost } = {};
      const cost = await measureExpedite(site, { namespaces, changes: repeats, idleSeconds }, async (withList) => {
        if (arms.includes("with")) {
          watcher(`${size}: the mesh with Expedite`);
          during.with = await mesh();
        }
        if (arms.includes("listed"))
          await withList(async () => {
            watcher(`${size}: the mesh with ${servicesPerNamespace} listed Services`);
            during.listed = await mesh();
          });
        watcher(`${size}: the idle controller`);
      });
      point = { ...point, ...cost, ...during };
    }
    points.push(point);
  }
  return points;
}
