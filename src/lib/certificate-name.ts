const ALTERNATIVE = /(?<kind>[A-Za-z ]+):(?<value>"(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/**
 * The one name under which a certificate is known: its first DNS name, else its first e-mail address, else its common name, when it has
 * exactly one (docs/decisions/013). Undefined when it has none of them, or one that is not plain text. Takes the texts that
 * `X509Certificate` of node:crypto has.
 */
export function certificateName({
  subject,
  subjectAltName,
}: {
  /** `C=DE\nCN=laptop` */
  readonly subject: string | undefined;
  /** `DNS:laptop.lan, email:anna@example.org` */
  readonly subjectAltName: string | undefined;
}): string | undefined {
  const alternatives = subjectAltName === undefined ? [] : readAlternatives(subjectAltName);
  if (alternatives === undefined) return undefined;
  for (const kind of ["DNS", "email"]) {
    const first = alternatives.find((one) => one.kind === kind);
    if (first !== undefined) return plain(first.value);
  }
  const commonNames = (subject ?? "").split("\n").filter((line) => line.startsWith("CN="));
  const [commonName = ""] = commonNames;
  // A plus may join it with another part of the name.
  return commonNames.length === 1 && !commonName.includes("+") ? plain(commonName.slice("CN=".length)) : undefined;
}

/** Undefined when the text is not read to its end: then some part of it could pass for another. */
function readAlternatives(text: string): { readonly kind: string; readonly value: string }[] | undefined {
  const alternatives = [];
  ALTERNATIVE.lastIndex = 0;
  while (ALTERNATIVE.lastIndex < text.length) {
    const groups = ALTERNATIVE.exec(text)?.groups;
    if (groups === undefined) return undefined;
    alternatives.push({ kind: groups["kind"] ?? "", value: groups["value"] ?? "" });
  }
  return alternatives;
}

/** Node quotes and escapes what could be taken for more than one name; nobody is called so. */
function plain(value: string): string | undefined {
  return value === "" || /["\\\p{Cc}]/u.test(value) ? undefined : value;
}
