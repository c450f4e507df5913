import { rotateCredential } from "#domain/access/rotate-credential.ts";
import { parseDuration } from "#lib/duration.ts";
import { OPERATOR } from "#model/actor.ts";
import { HubError } from "#model/hub-error.ts";
import type { Command } from "../command-context.ts";
import { readPassword } from "../read-password.ts";
import { timeOf } from "../time-of.ts";
import { withCore } from "../with-core.ts";

/** `holdfast account rotate`, `holdfast credential rotate`: a new password for a login, shown this once. */
export const accountRotate: Command<{ login: string; overlap?: string; passwordStdin?: boolean }> = async (context, input) => {
  const overlapMs = input.overlap === undefined ? undefined : parseDuration(input.overlap);
  if (input.overlap !== undefined && overlapMs === undefined) {
    throw new HubError("invalid_input", "--overlap takes a duration such as 24h or 7d");
  }
  const secret = input.passwordStdin === true ? { secret: await readPassword(context.signal) } : {};
  const { login, ...rotated } = await withCore(
    context,
    async (core) => await rotateCredential(core, OPERATOR, { login: input.login, overlapMs, ...secret }),
  );
  const untilMs = rotated.previousUntilMs;
  context.show({ login, password: rotated.secret, ...(untilMs === undefined ? {} : { oldPasswordUntil: timeOf(untilMs) }) }, [
    `The password of ${login} is now ${rotated.secret}`,
    untilMs === undefined
      ? "It is not shown again. The old one has stopped working; put the new one into the URL on that machine."
      : `It is not shown again. The old one works until ${timeOf(untilMs)}; put the new one into the URL on that machine.`,
  ]);
  return 0;
};
