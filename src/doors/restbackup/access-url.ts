// spec/restbackup.md section 1.1: what the strictest of the clients take for an access URL.

const HOST = /^[A-Za-z0-9.-]+$/;

/** The URL that a client is given, with what opens the account in it. `publicUrl` ends in a slash. */
export function accessUrl(publicUrl: string, login: string, secret: string): string {
  return publicUrl.replace("://", `://${login}:${secret}@`);
}

/** Why the clients could not use an access URL made of this one, as a sentence; undefined when they can. */
export function accessUrlFault(publicUrl: string): string | undefined {
  const url = URL.parse(publicUrl);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return "The URL must begin with https:// or http://.";
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || !publicUrl.endsWith("/")) {
    return "The URL must end in a slash right behind the host: no RestBackup client takes a path.";
  }
  if (url.username !== "" || url.password !== "") return "The URL must hold no user name: each account's own is put into it.";
  if (!HOST.test(url.hostname)) return "The host must be a name of letters, digits, dots and dashes, or an IPv4 address.";
  return undefined;
}
