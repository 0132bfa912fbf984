// Minimises a mesh that fails a check, as long as it still fails: objects are removed first, then their fields.
import type { Mesh } from "./mesh/mesh.ts";
import type { Json, Thing } from "./protocol.ts";

/** A mesh, with a user's change if that is what fails. */
export type Trial = { readonly mesh: Mesh; readonly changed?: readonly Thing[] };

/** Whether a mesh fails like the first. */
export type Fails = (trial: Trial) => Promise<boolean>;

export async function minimise(trial: Trial, fails: Fails): Promise<Trial> {
  let least = trial;
  if (least.changed !== undefined && (await fails({ mesh: least.mesh }))) least = { mesh: least.mesh };
  least = await withoutObjects(least, fails);
  least = await withoutFields(least, fails);
  return withoutConfig(least, fails);
}

/** Drops objects from both states of the mesh. */
function without({ mesh, changed }: Trial, drop: ReadonlySet<Thing>): Trial {
  const left = (objects: readonly Thing[]) => objects.filter((one) => !drop.has(one));
  return {
    mesh: { ...mesh, objects: left(mesh.objects) },
    ...(changed === undefined ? {} : { changed: left(changed) }),
  };
}

const objectsOf = ({ mesh, changed = [] }: Trial): readonly Thing[] =>
  [...new Set([...mesh.objects, ...changed])].filter(({ kind }) => kind !== "PriorityLadder");

/** Drops halves, then quarters, down to single objects. */
async function withoutObjects(trial: Trial, fails: Fails): Promise<Trial> {
  let least = trial;
  for (let size = Math.ceil(objectsOf(least).length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < objectsOf(least).length; ) {
      const tried = without(least, new Set(objectsOf(least).slice(at, at + size)));
      if (await fails(tried)) least = tried;
      else at += size;
    }
  return least;
}

async function withoutFields(trial: Trial, fails: Fails): Promise<Trial> {
  let least = trial;
  for (const object of objectsOf(least)) {
    let now = object;
    // A part that is dropped as a whole need not be searched.
    for (let found = true; found; ) {
      found = false;
      for (const smaller of smallerOnes(now)) {
        const tried = replaced(least, now, smaller as Thing);
        if (!(await fails(tried))) continue;
        least = tried;
        now = smaller as Thing;
        found = true;
        break;
      }
    }
  }
  return least;
}

function replaced({ mesh, changed }: Trial, before: Thing, after: Thing): Trial {
  const swap = (objects: readonly Thing[]) => objects.map((one) => (one === before ? after : one));
  return {
    mesh: { ...mesh, objects: swap(mesh.objects) },
    ...(changed === undefined ? {} : { changed: swap(changed) }),
  };
}

const needed = ["apiVersion", "kind", "metadata.name", "metadata.namespace", "spec"];

/** The same value with one field or element less, the largest first. */
function* smallerOnes(value: unknown, path = ""): Generator<unknown> {
  if (typeof value !== "object" || value === null) return;
  const isList = Array.isArray(value);
  const keys = Object.keys(value).filter((key) => path !== "" || key !== "apiVersion");
  for (const key of keys) {
    const at = path === "" || isList ? `${path}${key}` : `${path}.${key}`;
    if (!needed.includes(at) && key !== "metadata") yield remove(value, key);
  }
  for (const key of keys)
    for (const inner of smallerOnes((value as Json)[key], path === "" ? key : `${path}.${key}`))
      yield isList ? (value as unknown[]).with(Number(key), inner) : { ...value, [key]: inner };
}

function remove(value: object, key: string): unknown {
  if (Array.isArray(value)) return value.toSpliced(Number(key), 1);
  const { [key]: _, ...rest } = value as Json;
  return rest;
}

async function withoutConfig(trial: Trial, fails: Fails): Promise<Trial> {
  let least = trial;
  for (const key of Object.keys(trial.mesh.meshConfig)) {
    const { [key]: _, ...meshConfig } = least.mesh.meshConfig;
    const tried = { ...least, mesh: { ...least.mesh, meshConfig } };
    if (await fails(tried)) least = tried;
  }
  return least;
}
