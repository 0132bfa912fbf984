// In: what was written last in each namespace, and what proxies refuse. Out: the objects that are taken back until their content changes, or
// until it is time to try again: what they met in a proxy may have been somebody else's, and be gone.
import { keyOf } from "./content.ts";
import { type Observation, proxyKey } from "./observation.ts";
import { type Content, type OwnedObject, type ProxyReport, type ResourceType, resourceTypes } from "./ports.ts";

/** Which objects a refusal of a type may be about. Routes go with their clusters. */
const blamed: Readonly<Record<ResourceType, string>> = {
  CDS: "clusters",
  LDS: "filter",
  ECDS: "filter",
  RDS: "routes",
};

/** Milliseconds. A proxy that refuses another push with the same words so long after our object is gone did not mean it. */
const trial = 5_000;
/** Milliseconds until the first trial again; each further one comes after twice as long, up to the longest. */
const again = { first: 30_000, longest: 600_000 } as const;
/** Milliseconds after which an object is blamed without a look at what the proxy was pushed. */
const evidence = 5_000;
/** Milliseconds for which our last change is the suspect: what is refused later is about something else, unless it names us. */
const suspicious = 60_000;
/** Milliseconds in which a proxy answers a push. */
const answer = 2_000;

type Refusal = {
  readonly report: ProxyReport;
  readonly type: ResourceType;
  readonly message: string;
  /** Of the proxy, the type and the message: stays the same from push to push. */
  readonly text: string;
  readonly nonce: string;
};

type Withdrawn = {
  readonly digest: string;
  readonly namespace: string;
  readonly type: ResourceType;
  readonly why: string;
  /** Text → nonce of the push that was refused. */
  readonly refusals: Map<string, string>;
  readonly isAboutSubsets: boolean;
  /** When it is tried again. */
  readonly until: number;
  /** When it was no longer stored. */
  goneAt: number | undefined;
};

type Blamed = { readonly nonce: string; readonly later?: { readonly nonce: string; readonly at: number } };

type Change = { readonly change: number; readonly at: number; readonly objects: Map<string, OwnedObject> };

export class Withdrawal {
  readonly #withdrawn = new Map<string, Withdrawn>();
  /** Namespace and step → the objects of the last change. */
  readonly #last = new Map<string, Change>();
  /** By text: refusals that something was taken back for, as long as they are seen. */
  readonly #blamed = new Map<string, Blamed>();
  /** Key → how often this content was taken back. */
  readonly #times = new Map<string, { readonly digest: string; readonly count: number }>();
  /** Text → when it was seen first. */
  readonly #firstSeen = new Map<string, number>();
  /** Refusals that are none of ours: there without a change of ours, or unmoved by its withdrawal. */
  readonly #excused = new Set<string>();
  #hasSeen = false;

  /** `change`: the same number for writes that belong together. */
  wrote(object: OwnedObject, change: number, now: number): void {
    // The subsets of a DestinationRule are hidden from a namespace that refuses clusters (hiding.ts).
    if (object.ref.kind !== "EnvoyFilter") return;
    const slot = `${object.ref.metadata.namespace} ${object.content.step}`;
    const known = this.#last.get(slot);
    const objects = known?.change === change ? known.objects : new Map<string, OwnedObject>();
    this.#last.set(slot, { change, at: now, objects: objects.set(keyOf(object.ref), object) });
  }

  /** `wanted`: before anything is taken back. */
  look(observation: Observation, wanted: ReadonlyMap<string, OwnedObject>, now: number): void {
    const refusals = observation.all().flatMap(refusalsOf);
    const seen = new Map(refusals.map(({ text, nonce }) => [text, nonce]));
    for (const text of this.#excused) if (!seen.has(text)) this.#excused.delete(text);
    for (const text of this.#blamed.keys()) if (!seen.has(text)) this.#blamed.delete(text);
    // Nobody knows since when: they may be older than we are.
    if (!this.#hasSeen && observation.problem === undefined) {
      this.#hasSeen = true;
      for (const { text, message } of refusals) if (!isNamed(message)) this.#excused.add(text);
    }
    this.#acquit(seen, now);
    this.#forget(wanted, now);
    for (const text of this.#firstSeen.keys()) if (!seen.has(text)) this.#firstSeen.delete(text);
    for (const refusal of refusals) if (this.#isNews(refusal, now)) this.#consider(refusal, wanted, observation, now);
  }

  /** What is of objects that are wanted no more. */
  #forget(wanted: ReadonlyMap<string, OwnedObject>, now: number): void {
    for (const [slot, { at, objects }] of this.#last)
      if (now - at > suspicious && ![...objects.keys()].some((key) => wanted.has(key))) this.#last.delete(slot);
    for (const key of this.#times.keys()) if (!wanted.has(key)) this.#times.delete(key);
  }

  /** What istiod tells of a refusal stays until another push is answered: with a later push it is news only if it stays on. */
  #isNews({ text, nonce }: Refusal, now: number): boolean {
    if (this.#excused.has(text)) return false;
    const known = this.#blamed.get(text);
    if (known === undefined) return true;
    if (known.nonce === nonce) return false;
    const later = known.later?.nonce === nonce ? known.later : { nonce, at: now };
    this.#blamed.set(text, { ...known, later });
    return now - later.at >= answer;
  }

  #consider(refusal: Refusal, wanted: ReadonlyMap<string, OwnedObject>, observation: Observation, now: number): void {
    const { report, type, message, text, nonce } = refusal;
    const { namespace, pod } = report;
    const underTrial = [...this.#withdrawn.values()].filter((one) => one.namespace === namespace && one.type === type);
    if (underTrial.length > 0) {
      for (const { refusals } of underTrial) if (!refusals.has(text)) refusals.set(text, nonce);
      this.#blamed.set(text, { nonce });
      return;
    }
    const seenAt = this.#firstSeen.get(text) ?? now;
    this.#firstSeen.set(text, seenAt);
    const changedAt = this.#last.get(`${namespace} ${blamed[type]}`)?.at;
    const isOld = changedAt === undefined || seenAt - changedAt > suspicious;
    // What names us is ours even where nobody remembers the change: after a restart.
    const suspects = isOld && !isNamed(message) ? [] : this.#suspects(namespace, blamed[type], wanted, message);
    if (suspects.length === 0) {
      this.#excused.add(text);
      return;
    }
    const since = Math.max(seenAt, changedAt ?? seenAt);
    const mine = [...wanted.values()].flatMap(({ ref, content }) =>
      ref.metadata.namespace === namespace ? content : [],
    );
    const guilty = suspects.filter(
      ([, { content }]) => isWithin(observation, report, content, mine) ?? now - since > evidence,
    );
    if (guilty.length === 0) return;
    this.#blamed.set(text, { nonce });
    for (const [key, { content }] of guilty) {
      const why = `${pod} refused ${key} (${type}: ${message}); it is taken back until it changes, and tried again in a while`;
      const refusals = new Map([[text, nonce]]);
      const until = now + this.#pause(key, content.digest);
      const isAboutSubsets = mayMeanSubsets(message);
      const entry = { digest: content.digest, namespace, type, why, refusals, isAboutSubsets, until };
      this.#withdrawn.set(key, { ...entry, goneAt: undefined });
    }
  }

  #pause(key: string, digest: string): number {
    const known = this.#times.get(key);
    const count = known?.digest === digest ? known.count + 1 : 0;
    this.#times.set(key, { digest, count });
    return Math.min(again.first * 2 ** count, again.longest);
  }

  #suspects(
    namespace: string,
    step: string,
    wanted: ReadonlyMap<string, OwnedObject>,
    message: string,
  ): readonly (readonly [string, OwnedObject])[] {
    const last = [...(this.#last.get(`${namespace} ${step}`)?.objects ?? [])];
    const found = last.filter(([key, { content }]) => wanted.get(key)?.content.digest === content.digest);
    if (found.length > 0 || !isNamed(message)) return found;
    return [...wanted].filter(
      ([, { ref, content }]) =>
        ref.kind === "EnvoyFilter" && ref.metadata.namespace === namespace && content.step === step,
    );
  }

  /** A later push is refused with the same words, although our object is long gone: it was somebody else's fault. */
  #acquit(seen: ReadonlyMap<string, string>, now: number): void {
    for (const [key, { refusals, goneAt }] of this.#withdrawn) {
      if (goneAt === undefined || now - goneAt < trial) continue;
      const still = [...refusals].filter(([text, nonce]) => seen.has(text) && seen.get(text) !== nonce);
      if (still.length === 0) continue;
      this.#withdrawn.delete(key);
      for (const text of refusals.keys()) if (seen.has(text)) this.#excused.add(text);
    }
  }

  /** Without what was taken back, and without routes whose clusters were. Forgets what changed since. */
  remaining(
    wanted: ReadonlyMap<string, OwnedObject>,
    isStored: (namespace: string, key: string) => boolean,
    now: number,
  ): ReadonlyMap<string, OwnedObject> {
    for (const [key, entry] of this.#withdrawn) {
      if (wanted.get(key)?.content.digest !== entry.digest || now >= entry.until) this.#withdrawn.delete(key);
      else entry.goneAt = isStored(entry.namespace, key) ? undefined : (entry.goneAt ?? now);
    }
    if (this.#withdrawn.size === 0) return wanted;
    const lost = [...this.#withdrawn].map(([key, { namespace }]) => ({
      namespace,
      adds: new Set(wanted.get(key)!.content.adds),
    }));
    const isLeft = (key: string, { ref, content }: OwnedObject): boolean =>
      !this.#withdrawn.has(key) &&
      lost.every(
        ({ namespace, adds }) => namespace !== ref.metadata.namespace || !content.names.some((name) => adds.has(name)),
      );
    return new Map([...wanted].filter(([key, object]) => isLeft(key, object)));
  }

  /** Namespaces whose proxies refuse what may be clusters of subsets, as long as what is to blame is away. */
  refusingSubsets(): ReadonlySet<string> {
    const found = [...this.#withdrawn.values()].filter(({ type, isAboutSubsets }) => type === "CDS" && isAboutSubsets);
    return new Set(found.map(({ namespace }) => namespace));
  }

  /** Namespace → why something of ours is not there. */
  reasons(): ReadonlyMap<string, string> {
    return new Map([...this.#withdrawn.values()].map(({ namespace, why }) => [namespace, why]));
  }
}

/**
 * Whether what the proxy was pushed has the object in it, and nothing of ours that is wanted no more: it may still be of before.
 * `wanted`: of the namespace. Undefined: not known.
 */
function isWithin(
  observation: Observation,
  report: ProxyReport,
  { adds, names, extensions }: Content,
  wanted: readonly Content[],
): boolean | undefined {
  const has = observation.sample(report)?.configuration;
  if (has === undefined || observation.isOutdated(report) || observation.isAhead(report)) return undefined;
  const isSame = (own: readonly string[], all: readonly string[], there: readonly string[]): boolean => {
    const known = new Set(all);
    return own.length === 0 || (own.every((name) => there.includes(name)) && there.every((name) => known.has(name)));
  };
  const all = { adds: wanted.flatMap((one) => one.adds), names: wanted.flatMap((one) => one.names) };
  return (
    isSame(adds, all.adds, has.clusters) &&
    isSame(names, all.names, has.names) &&
    (extensions.length === 0 ||
      extensions.some(({ name, generation }) => (has.extensions[name] ?? generation) === generation))
  );
}

/** Whether it may be about clusters that istiod makes of subsets: it names one, or none of ours. */
const mayMeanSubsets = (message: string): boolean => message.includes("|expedite-") || !message.includes("expedite|");

const isNamed = (message: string): boolean => message.includes("expedite");

function refusalsOf(report: ProxyReport): readonly Refusal[] {
  return resourceTypes.flatMap((type) => {
    const exchange = report.exchanges[type];
    if (exchange?.refused === undefined) return [];
    const message = exchange.refused;
    return [{ report, type, message, text: `${proxyKey(report)} ${type} ${message}`, nonce: exchange.nonce }];
  });
}
