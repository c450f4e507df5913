/** Options that make no sense. Its message is all that has to be said. */
export class UsageError extends Error {}
