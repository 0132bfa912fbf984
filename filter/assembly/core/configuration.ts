// The compiled configuration: what the request path reads. A VM has one for its life: a changed configuration is
// another VM's (docs/adr/0010-one-configuration-per-vm.md).

export const enum Role {
  Inbound = 0,
  Outbound = 1,
  Gateway = 2,
}

export const enum Trust {
  Never = 0,
  Mesh = 1,
  Always = 2,
}

@unmanaged
export class Level {
  name: usize;
  size: usize;
  /** The counter requests.<level>. */
  requests: u32;
  /** It has clusters of its own. */
  hasClusters: bool;
}

@unmanaged
export class TrustDomain {
  next: usize;
  name: usize;
  size: usize;
}

@unmanaged
export class Configuration {
  role: Role;
  /** Mode Observe: nothing is written. */
  observes: bool;
  trust: Trust;
  /** First TrustDomain; 0 where none is given. */
  trustDomains: usize;
  header: usize;
  headerSize: usize;
  /** Array of Level, highest first. */
  levels: usize;
  levelCount: i32;
  /** Of the levels' names in order: slots written under another ladder are not seen. */
  ladderHash: u32;
  defaultLevel: i32;
  /** noLevel where the policy has none. */
  classifyDefault: i32;
  /** First Rule, or 0. */
  rules: usize;
  /** Up to eight bytes, each a Correlator, in the order in which outbound tries them. */
  correlators: u64;
  correlatorCount: i32;
  /** Array of LevelSource. */
  levelSources: usize;
  levelSourceCount: i32;
  /** Key of the tracestate member that the level is written to; 0 where it isn't. */
  memberKey: usize;
  memberKeySize: usize;
  storesDefault: bool;
  /** `.svc.<clusterDomain>`: how the host of each Service of the mesh ends. 0 where no domain is given. */
  serviceDomain: usize;
  serviceDomainSize: usize;
  slotSets: u32;
  /** Array of u32 by Correlator. These and the following are counters, as counters.ts numbers them. */
  joinsFound: usize;
  joinsMissed: u32;
  joinsTooLong: u32;
  joinsAmbiguous: u32;
  overwritten: u32;
  stripped: u32;
  lowered: u32;
  ticks: u32;
  /** The same ticks, of this configuration alone. */
  configurationTicks: u32;
}

export const noLevel: i32 = -1;

/** Null until a configuration is accepted: requests then pass untouched. */
export let configuration: Configuration | null = null;

export function useConfiguration(configured: Configuration): void {
  configuration = configured;
}
