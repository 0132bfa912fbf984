// Stores latencies in HDR histograms, one for each second of a point: the load records them, the statistics read them.
import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type JsHistogram } from "hdr-histogram-js";

/** Microseconds, three significant digits: a value is at most 0.1 % off. */
const create = (): JsHistogram =>
  build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  }) as JsHistogram;

/** Latencies by the second in which their requests were due. */
export class BlockRecorder {
  readonly #blocks: JsHistogram[] = [];

  record(second: number, milliseconds: number): void {
    while (this.#blocks.length <= second) this.#blocks.push(create());
    this.#blocks[second]?.recordValue(Math.max(1, Math.round(milliseconds * 1000)));
  }

  /** The latency in milliseconds that the share q of all values does not exceed. */
  quantile(q: number): number {
    const all = create();
    for (const block of this.#blocks) all.add(block);
    return all.getValueAtPercentile(q * 100) / 1000;
  }

  /** In HdrHistogram's own compressed form (V2), which its other tools also read. */
  encode(): readonly string[] {
    return this.#blocks.map((block) => encodeIntoCompressedBase64(block));
  }
}

export interface Recorded {
  readonly milliseconds: number;
  readonly count: number;
}

/** The recorded values of one encoded block, ascending. */
export function recordedValues(encoded: string): readonly Recorded[] {
  const histogram = decodeFromCompressedBase64(encoded) as JsHistogram;
  const iterator = histogram.recordedValuesIterator;
  iterator.reset();
  const values: Recorded[] = [];
  while (iterator.hasNext()) {
    const { valueIteratedTo, countAtValueIteratedTo } = iterator.next();
    const milliseconds = histogram.medianEquivalentValue(valueIteratedTo) / 1000;
    values.push({ milliseconds, count: countAtValueIteratedTo });
  }
  return values;
}
