/** What Basic credentials say, decoded; the secret may be empty, the login not with it. */
export interface BasicCredentials {
  readonly login: string;
  readonly secret: string;
}

const MOST_CHARACTERS = 4096;

/**
 * Reads an `Authorization` header (RFC 7617, UTF-8). Undefined without one, for other schemes and for what cannot be read; and for
 * an empty login with an empty secret, which restic sends from 0.16.1 on when it has no credentials (spec/restic-rest.md section 0
 * row 10).
 */
export function parseBasic(header: string | undefined): BasicCredentials | undefined {
  if (header === undefined || header.length > MOST_CHARACTERS) return undefined;
  const encoded = /^basic +(?<encoded>[A-Za-z0-9+/_-]+={0,2}) *$/i.exec(header)?.groups?.["encoded"];
  if (encoded === undefined) return undefined;

  const text = utf8(Buffer.from(encoded, "base64"));
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 0) return undefined;
  const login = text.slice(0, colon);
  const secret = text.slice(colon + 1);
  return login === "" && secret === "" ? undefined : { login, secret };
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
