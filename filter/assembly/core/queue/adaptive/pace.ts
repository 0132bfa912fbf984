// How fast the application is, compared with when the limit was found: by how long requests of each level take while the limit is reached. So
// another mix of levels changes nothing.

/** The same as maxLevels of filter/config/schema.ts. */
const levelCount: usize = 8;
/** A look has so many requests, and seconds. */
const lookRequests: f64 = 40;
const lookSeconds: f64 = 0.25;

/** By level: how long requests took then; 0 where that is not known. */
const reference: usize = memory.data(8 << 3, 8);
/** Of this look, by level: requests, and how long they took. */
const counts: usize = memory.data(8 << 3, 8);
const times: usize = memory.data(8 << 3, 8);
let requests: f64 = 0;
let since: f64 = 0;

export function forgetPace(): void {
  memory.fill(reference, 0, levelCount << 3);
}

export function beginLook(time: f64): void {
  memory.fill(counts, 0, levelCount << 3);
  memory.fill(times, 0, levelCount << 3);
  requests = 0;
  since = time;
}

export function addToPace(level: i32, time: f64, took: f64): void {
  if (time - took < since) return;
  const at = (<usize>level) << 3;
  store<f64>(counts + at, load<f64>(counts + at) + 1);
  store<f64>(times + at, load<f64>(times + at) + took);
  requests++;
}

/** How many times faster it is than at the first look since it was forgotten; 0 as long as the look has too few requests. */
export function paceAt(time: f64): f64 {
  if (requests < lookRequests || time < since + lookSeconds) return 0;
  let expected: f64 = 0;
  let took: f64 = 0;
  for (let i: usize = 0; i < levelCount << 3; i += 8) {
    const known = load<f64>(reference + i);
    if (known == 0) continue;
    expected += known * load<f64>(counts + i);
    took += load<f64>(times + i);
  }
  const pace = took > 0 ? expected / took : 1;
  for (let i: usize = 0; i < levelCount << 3; i += 8)
    if (load<f64>(reference + i) == 0 && load<f64>(counts + i) > 0)
      store<f64>(reference + i, (pace * load<f64>(times + i)) / load<f64>(counts + i));
  beginLook(time);
  return pace;
}
