import assert from "node:assert/strict";
import { test } from "node:test";
import { certificateName } from "./certificate-name.ts";

const named = (subject: string | undefined, subjectAltName?: string) => certificateName({ subject, subjectAltName });

test("a certificate is known by its first DNS name, else its first e-mail address, else its common name", () => {
  assert.equal(named("C=DE\nCN=laptop", "IP Address:192.0.2.1, email:anna@example.org, DNS:laptop.lan, DNS:other.lan"), "laptop.lan");
  assert.equal(named("CN=laptop", "email:anna+nas@example.org, URI:spiffe://x/y"), "anna+nas@example.org");
  assert.equal(named("C=DE\nCN=Büro", "IP Address:192.0.2.1"), "Büro");
  assert.equal(named("CN=laptop"), "laptop");
});

test("a certificate without a plain name, or with one that could be read in two ways, is nobody", () => {
  assert.equal(named(undefined), undefined);
  assert.equal(named("O=x"), undefined);
  assert.equal(named("CN="), undefined);
  assert.equal(named("CN=a\nCN=b"), undefined);
  assert.equal(named("CN=a + O=x"), undefined);
  assert.equal(named("O=x + CN=a"), undefined);
  assert.equal(named("CN=a\\nCN=b"), undefined);
  assert.equal(named("CN=laptop", 'DNS:"nas, DNS:laptop"'), undefined);
  assert.equal(named("CN=laptop", 'URI:"x, DNS:nas", DNS:laptop'), "laptop");
  assert.equal(named("CN=laptop", 'DNS:a"b, DNS:laptop'), undefined);
});
