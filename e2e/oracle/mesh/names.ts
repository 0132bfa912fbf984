// Makes the names of a random mesh: short ones, or all as long as Kubernetes allows.

export type Names = {
  /** For an object, which may have 253 characters. */
  object(name: string): string;
  /** For a namespace, a Service or a label's value: 63 characters. */
  label(name: string): string;
  /** For a level: 32 characters. */
  level(name: string): string;
  /** For a host outside the cluster, which may begin with a wildcard: 253 characters. */
  host(host: string): string;
};

const same = (name: string): string => name;

/** Ends with a digit, so that no name ends with a hyphen. */
const filled = (name: string, length: number): string =>
  `${`${name}${"-long-enough".repeat(Math.ceil(length / 12))}`.slice(0, length - 1)}0`;

export const shortNames: Names = { object: same, label: same, level: same, host: same };

export const longNames: Names = {
  object: (name) => filled(name, 253),
  label: (name) => filled(name, 63),
  level: (name) => filled(name, 32),
  // Labels of 63 characters before the given end; a wildcard comes first.
  host: (host) => {
    const [, wildcard = "", end] = /^(\*\.)?(.*)$/.exec(host)!;
    const room = 253 - wildcard.length - end!.length - 1;
    const labels = Array.from({ length: Math.floor((room + 1) / 64) }, (_, index) => filled(`part-${index}`, 63));
    const rest = room - labels.length * 64;
    return `${wildcard}${[...(rest > 8 ? [filled("rest", rest)] : []), ...labels, end].join(".")}`;
  },
};
