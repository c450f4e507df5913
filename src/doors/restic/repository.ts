import { createRepository } from "#domain/repositories/create-repository.ts";
import { isStrayPath } from "#domain/repositories/is-stray-path.ts";
import type { Exchange } from "#http/exchange.ts";
import { HubError } from "#model/hub-error.ts";
import type { Call } from "./call.ts";
import { replyMethodNotAllowed } from "./errors.ts";
import type { ResticResource } from "./wire.ts";

const CREATE_BODY_BYTES = 4096; // restic sends none, from 0.17 on as a chunked body of no bytes

/** `{repository}/`: POST makes one; nothing reads or removes one as a whole. */
export async function answerRepository(call: Call<Extract<ResticResource, { kind: "repository" }>>): Promise<void> {
  const { core, exchange, visitor, repository } = call;
  if (exchange.method === "POST") {
    if (new URLSearchParams(exchange.target.query).get("create") !== "true") {
      throw new HubError("invalid_input", "A repository is created with ?create=true");
    }
    await expectNoBody(exchange);
    await createRepository(core, repository, exchange.signal);
    return await exchange.reply(200);
  }
  if (exchange.method === "DELETE") {
    // The protocol's text has it; no client sends it, and a repository goes by no single request.
    return await exchange.reply(501, "Not Implemented\n", { headers: { "Content-Type": "text/plain; charset=utf-8" } });
  }
  if (await isStrayPath(core, visitor, repository, exchange.signal)) throw new HubError("not_found", "Not Found");
  await replyMethodNotAllowed(exchange, "POST");
}

async function expectNoBody(exchange: Exchange): Promise<void> {
  let bytes = 0;
  for await (const chunk of exchange.body) {
    bytes += chunk.length;
    if (bytes > CREATE_BODY_BYTES) throw new HubError("invalid_input", "Creating a repository takes no body");
  }
}
