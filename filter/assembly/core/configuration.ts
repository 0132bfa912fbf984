// The compiled configuration, which requests are handled by. A VM has one for life: a changed configuration gets another VM
// (docs/adr/0010-one-configuration-per-vm.md).

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

export const enum Deadlines {
  Ignored = 0,
  /** Calls inherit how long the caller of their cause waits. */
  Carried = 1,
  /** Envoy ends them when that time is over. */
  Enforced = 2,
}

@unmanaged
export class Level {
  name: usize;
  size: usize;
  /** The counter requests.<level>. */
  requests: u32;
  /** The level has clusters of its own. */
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
  /** Mode Observe: no header is written. */
  observes: bool;
  trust: Trust;
  /** First TrustDomain; 0 if there is none. */
  trustDomains: usize;
  header: usize;
  headerSize: usize;
  /** Array of Level, highest first. */
  levels: usize;
  levelCount: i32;
  /** Hash of the levels' names in order: slots written under another ladder are ignored. */
  ladderHash: u32;
  defaultLevel: i32;
  /** noLevel if the policy has none. */
  classifyDefault: i32;
  /** First Rule, or 0. */
  rules: usize;
  /** Up to eight bytes, each a Correlator, in the order in which outbound tries them. */
  correlators: u64;
  correlatorCount: i32;
  /** Array of LevelSource. */
  levelSources: usize;
  levelSourceCount: i32;
  /** Key of the tracestate member that the level is written to; 0 if there is none. */
  memberKey: usize;
  memberKeySize: usize;
  deadlines: Deadlines;
  /** Requests of the default level carry the level header too. */
  writesDefault: bool;
  /** Levels are stored and looked for even where nothing was demoted recently. */
  alwaysJoins: bool;
  /** A request without a level header has the default level, and nothing else in it could change that. */
  absentIsDefault: bool;
  /** `.svc.<clusterDomain>`: the end of the host of every Service in the mesh. 0 if no domain is given. */
  serviceDomain: usize;
  serviceDomainSize: usize;
  slotSets: u32;
  /** Array of u32 by Correlator. This and the following fields are counters, as counters.ts numbers them. */
  joinsFound: usize;
  joinsMissed: u32;
  joinsTooLong: u32;
  joinsAmbiguous: u32;
  overwritten: u32;
  stripped: u32;
  lowered: u32;
  ticks: u32;
  /** The same ticks, of this configuration only. */
  configurationTicks: u32;

  /** The Correlator that outbound tries as number i. */
  @inline correlator(i: i32): u32 {
    return <u32>(this.correlators >> (i << 3)) & 0xff;
  }
}

export const noLevel: i32 = -1;

/** Null until a configuration is accepted; until then requests pass unchanged. */
export let configuration: Configuration | null = null;

export function useConfiguration(configured: Configuration): void {
  configuration = configured;
}
