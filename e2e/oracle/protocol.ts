// Types of the generator's requests and answers, one line of JSON each (generator/request.go).

export type Json = Readonly<Record<string, unknown>>;

/** A Kubernetes object. */
export type Thing = Json & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Json & {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
};

export type MeshProxy = {
  /** Pod and namespace, joined by a dot. */
  readonly id: string;
  readonly type: "sidecar" | "router";
  readonly namespace: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly version: string;
};

export type Request = {
  /** Istio's MeshConfig, over its defaults. */
  readonly mesh: Json;
  readonly objects: readonly Thing[];
  /** After each step, everything is generated again. */
  readonly steps: readonly (readonly Thing[])[];
  readonly proxies: readonly MeshProxy[];
  /** Only report which objects are refused. */
  readonly isCheck?: boolean;
  /** Ask for a stale cache instead (generator/freeze.go). */
  readonly freeze?: { readonly changed: Thing; readonly route: string; readonly asks: boolean };
};

/** Names in `resources`. */
export type Configuration = {
  readonly clusters: readonly string[] | null;
  readonly routes: readonly string[] | null;
  readonly listeners: readonly string[] | null;
  readonly extensions: readonly string[] | null;
};

export type Answer = {
  readonly error?: string;
  readonly refused?: readonly string[];
  readonly resources: Readonly<Record<string, Json>>;
  readonly frozen?: { readonly route: Json };
  /** By proxy id: before the first step, and after each. */
  readonly generations: readonly Readonly<Record<string, Configuration>>[];
};
