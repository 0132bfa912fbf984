// What the user has to change, one line each: the command prints them and ends with 1. Anything else thrown is the machine's error.
export class UserError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}
