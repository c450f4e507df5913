import { hashArgon2id } from "#lib/argon2id.ts";
import type { Credential } from "#model/account.ts";
import { HUB } from "#model/actor.ts";
import type { Core } from "../core.ts";
import { isImportedHash } from "./password-verifier.ts";

type Rooms = Pick<Core, "database" | "clock" | "log">;

/**
 * Gives a credential that came with an htpasswd file a hash of our own, now that its secret is known. False, and nothing changed, when it
 * has got another secret meanwhile.
 */
export async function strengthenCredential({ database, clock }: Rooms, credential: Credential, secret: string): Promise<boolean> {
  const secretHash = await hashArgon2id(secret);
  const { id, secretHash: formerHash } = credential;
  return await database.write("strengthenCredential", { id, formerHash, secretHash, nowMs: clock(), by: HUB });
}

/** `strengthenCredential` for each imported hash that a sign-in has proven, behind its back and once at a time; what fails is tried at the next one. */
export function strengthenProven(rooms: Rooms): (credential: Credential, secret: string) => Promise<void> {
  const underWay = new Set<number>();
  return async (credential, secret) => {
    if (!isImportedHash(credential.secretHash) || underWay.has(credential.id)) return;
    underWay.add(credential.id);
    try {
      await strengthenCredential(rooms, credential, secret);
    } catch (error) {
      rooms.log.warn("an imported password keeps its old hash", { login: credential.login, error: String(error) });
    } finally {
      underWay.delete(credential.id);
    }
  };
}
