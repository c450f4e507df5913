/** The server's clock, in UTC milliseconds. Handed in, so tests can set it. */
export type Clock = () => number;
