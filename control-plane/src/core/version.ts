// The version of Expedite, read from the repository's package.json, the only place that states it.
import manifest from "../../../package.json" with { type: "json" };

export const { version } = manifest;
