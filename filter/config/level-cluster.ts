// Where the filter leaves the name of a level's cluster, and the proof that it was the filter: what the control plane's route reads.

/** Request header; removed before the request leaves the proxy. */
export const levelClusterHeader = "x-expedite-cluster";

/** Object of the request's filter state with the value "1": only a filter in the proxy can make one. */
export const levelClusterState = "wasm.expedite.cluster";

/** In a route's filter_metadata: it chooses by level itself, or is unlike other default routes; the filter leaves its calls alone. */
export const leftAloneKey = "expedite";
