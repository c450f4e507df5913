import type { BeginOptions, Driver } from "./driver.ts";
import type { FilePath } from "./file-path.ts";

/**
 * Streams `body` to `path` and makes it durable; resolves to how much came. Throws what `body` throws, and the codes of
 * `Driver.begin`, `Upload.write` and `Upload.commit`; then nothing of it is left.
 */
export async function putFile(
  driver: Driver,
  path: FilePath,
  body: AsyncIterable<Uint8Array>,
  options: BeginOptions,
  signal: AbortSignal,
): Promise<{ readonly sizeBytes: number }> {
  await using upload = await driver.begin(path, options, signal); // leaving without commit removes every byte of it
  for await (const chunk of body) await upload.write(chunk);
  return await upload.commit();
}
