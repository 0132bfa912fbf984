// An error that the user can mend: what to change, one line for each problem. Anything else that is thrown is a failure of the machine.
export class UserError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}
