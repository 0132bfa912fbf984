// Counts what the test runner reports: tests that passed, failures, and the reasons of what was skipped.

export const nothing = () => ({ passed: 0, failed: 0, skipped: [] });

/** `total` is updated. */
export function count(stream, total) {
  stream.on("test:pass", (event) => {
    if (event.skip !== undefined)
      total.skipped.push(`${event.name}: ${event.skip === true ? "no reason given" : event.skip}`);
    else if (event.details.type !== "suite") total.passed++;
  });
  stream.on("test:fail", (event) => {
    if (isOfItsTests(event)) return;
    // A known defect: node:test does not let it fail the suite around it either.
    if (event.todo !== undefined) total.skipped.push(`${event.name}: failed, to do: ${event.todo}`);
    else total.failed++;
  });
}

/** A suite also fails by a hook or by its own code. Then it may have no test that failed. */
const isOfItsTests = ({ details: { type, error } }) => type === "suite" && error?.failureType === "subtestsFailed";
