import { test } from "node:test";
import { withoutRestic } from "./clients/restic.ts";
import { liveByCertificate } from "./support/certificate-life.ts";
import { withoutOpenssl } from "./support/self-signed.ts";

const version = "0.14.0";
const skip = withoutRestic(version) || withoutOpenssl();

test(`restic ${version} backs up and restores with its certificate alone`, { skip }, async () => {
  await liveByCertificate(version);
});
