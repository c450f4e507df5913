import { test } from "node:test";
import { withoutRestic } from "./clients/restic.ts";
import { liveByCertificate } from "./support/certificate-life.ts";
import { withoutOpenssl } from "./support/self-signed.ts";

const version = "0.19.1";
const skip = withoutRestic(version) || withoutOpenssl();

test(`restic ${version} signs in with its certificate alone, and is out when that is taken away`, { skip }, async () => {
  await liveByCertificate(version);
});
