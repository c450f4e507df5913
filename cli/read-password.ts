import { HubError } from "#model/hub-error.ts";

const LONGEST_BYTES = 4096;
const DEADLINE_MS = 60_000;

/** The first line of standard input, without its end. Throws `invalid_input` when there is none, it is too long, or nothing comes for a minute. */
export async function readPassword(signal: AbortSignal): Promise<string> {
  // A terminal would show what is typed, and keep it on the screen.
  if (process.stdin.isTTY) throw new HubError("invalid_input", "--password-stdin reads from a pipe or a file, not from the terminal");
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const giveUp = () => process.stdin.destroy(new HubError("invalid_input", "No password came on standard input"));
  deadline.addEventListener("abort", giveUp, { once: true });
  try {
    const line = await firstLine();
    if (line === "") throw new HubError("invalid_input", "No password came on standard input");
    return line;
  } finally {
    deadline.removeEventListener("abort", giveUp);
    process.stdin.destroy(); // an open pipe would keep the program from ending
  }
}

async function firstLine(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
    if (bytes.includes("\n")) break;
    if (length > LONGEST_BYTES) throw new HubError("invalid_input", "The password is too long");
  }
  const [line = ""] = Buffer.concat(chunks).toString("utf8").split("\n");
  return line.replace(/\r$/, "");
}
