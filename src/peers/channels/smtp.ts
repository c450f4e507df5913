import { connect, type Socket } from "node:net";
import { z } from "zod";
import type { Notice } from "#model/alarm.ts";
import { Phases } from "../phases.ts";
import { trustOf } from "../safe-fetch.ts";
import { connectionError, findAddresses, type WayOut } from "../way-out.ts";
import { channelOf, DeliveryError, quoted, type Sending } from "./channel.ts";
import { deliveryError } from "./post.ts";
import { fitted, oneLine, textOf } from "./words.ts";

const SUBJECT_UNITS = 200;
const TEXT_UNITS = 100_000;
const HOST = "must be the name or address of a mail server";
const ADDRESS = "must be a mail address, such as backups@example.org";
const PASSWORD = "must be a password of at most 512 characters";

const mailAddress = z
  .string(ADDRESS)
  .regex(/^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/, ADDRESS);

const settings = z
  .strictObject({
    host: z.string(HOST).regex(/^[A-Za-z0-9._:-]{1,253}$/, HOST),
    port: z.int("must be a port").min(1, "must be a port").max(65_535, "must be a port").default(587),
    security: z.enum(["starttls", "tls", "none"], "must be starttls, tls or none").default("starttls"),
    user: z
      .string("must be a user name")
      .regex(/^[^\p{Cc}]{1,256}$/u, "must be a user name")
      .optional(),
    password: z
      .string(PASSWORD)
      .regex(/^[^\0\r\n]{1,512}$/, PASSWORD)
      .optional(),
    from: mailAddress,
    to: z.array(mailAddress, "must be a list of mail addresses").min(1, "must name somebody").max(20, "must have at most 20 addresses"),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ["password"],
    message: "goes together with user",
  })
  .refine(({ security, password }) => security !== "none" || password === undefined, {
    path: ["security"],
    message: "must be starttls or tls where there is a password",
  });

type MailSettings = z.infer<typeof settings>;

/** Mail. Encrypted unless `security` is `none`: a server that does not offer STARTTLS is not spoken to in clear text. */
export const smtp = channelOf({
  kind: "smtp",
  settings,
  secrets: ["password"],
  async deliver(notice, mail, sending) {
    const at = `${mail.host}:${mail.port}`;
    using phases = new Phases(at, sending.way.limits, sending.signal);
    try {
      const socket = await connectTo(sending.way, mail, phases);
      // From here on each wait has nodemailer's time-outs, and all of them together the deadline.
      phases.begin("take the mail", sending.way.limits.outgoingDeadlineMs);
      const cutOff = () => socket.destroy(new Error("cut off"));
      phases.signal.addEventListener("abort", cutOff, { once: true });
      try {
        await sendOver(socket, notice, mail, sending);
      } finally {
        phases.signal.removeEventListener("abort", cutOff);
        socket.destroy();
      }
    } catch (error) {
      sending.signal.throwIfAborted();
      throw deliveryError(phases.signal.aborted ? phases.signal.reason : error);
    }
  },
});

/** A connection to an address that was checked; of several, to the first that takes it. */
async function connectTo(way: WayOut, { host, port }: MailSettings, phases: Phases): Promise<Socket> {
  phases.begin("have an address", way.limits.outgoingResolveMs);
  const addresses = await findAddresses(way, host, phases.signal);
  phases.begin("connect", way.limits.outgoingConnectMs);
  let last: unknown;
  for (const { address } of addresses) {
    const socket = connect({ host: address, port, signal: phases.signal });
    try {
      await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
      return socket;
    } catch (error) {
      phases.signal.throwIfAborted();
      last = error;
    }
  }
  throw connectionError(`${host}:${port}`, last);
}

async function sendOver(socket: Socket, notice: Notice, mail: MailSettings, { way }: Sending): Promise<void> {
  const { createTransport } = await import("nodemailer"); // costs a tenth of a second that no start should pay
  const { host, port, security, user, password } = mail;
  const { limits } = way;
  const transport = createTransport({
    host,
    port,
    connection: socket,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    tls: trustOf(way, host),
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password } }),
    connectionTimeout: limits.outgoingConnectMs,
    greetingTimeout: limits.outgoingAnswerMs,
    socketTimeout: limits.outgoingAnswerMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
  try {
    const sent = await transport.sendMail({
      from: { name: "Holdfast", address: mail.from },
      to: [...mail.to],
      subject: oneLine(notice.title, SUBJECT_UNITS),
      text: fitted(textOf(notice), TEXT_UNITS),
      date: new Date(notice.atMs),
      // The same for all tries, so that a mailbox can tell a repeat.
      messageId: `<${notice.id.replace(/[^A-Za-z0-9._-]/g, "_")}@${mail.from.slice(mail.from.indexOf("@") + 1)}>`,
      headers: { "Auto-Submitted": "auto-generated" }, // RFC 3834: nobody's holiday notice comes back
    });
    const refused = (sent.rejected ?? []).map(String);
    // A second try would reach those who have it again.
    if (refused.length > 0)
      throw new DeliveryError(`${host}:${port} refused ${refused.join(", ")}, and took it for the others.`, { retry: false });
  } catch (error) {
    throw mailError(error, mail);
  } finally {
    transport.close();
  }
}

/** RFC 5321 4.2.1: what begins with 4 may go later, what begins with 5 never will. */
function mailError(error: unknown, { host, port, security, password }: MailSettings): unknown {
  if (!(error instanceof Error) || error instanceof DeliveryError) return error;
  const { responseCode, code, response } = error as Error & { responseCode?: number; code?: string; response?: string }; // nodemailer's
  const at = `${host}:${port}`;
  if (typeof responseCode === "number") {
    // The base64 forms are what AUTH sends, and what a server may repeat.
    const secrets = password === undefined ? [] : [password, Buffer.from(password).toString("base64")];
    return new DeliveryError(`${at} answered: ${quoted(response ?? `${responseCode}`, secrets)}`, { retry: responseCode < 500 });
  }
  if (code === "ETLS" && security === "starttls") {
    return new DeliveryError(`${at} could not go over to TLS; set security to tls for a port such as 465, or to none without a password.`, {
      retry: false,
    });
  }
  // nodemailer calls all of TLS's refusals ESOCKET, and leaves their sentence.
  if (code === "ESOCKET" && /certificate|altname|\bssl\b|\btls\b/i.test(error.message)) {
    return new DeliveryError(`TLS with ${at} failed: ${quoted(error.message, [])}`, { retry: true, cause: error });
  }
  if (code === "ETIMEDOUT") return new DeliveryError(`${at} fell silent.`, { retry: true });
  return deliveryError(connectionError(at, error));
}
