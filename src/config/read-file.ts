import { dirname } from "node:path";
import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { readSmallFile } from "#lib/read-small-file.ts";
import type { ConfigProblem } from "./config-error.ts";
import { CONFIG_GROUPS, CONFIG_KEYS } from "./config-keys.ts";
import type { RawSetting, Source } from "./raw-setting.ts";
import { unknown } from "./read-words.ts";

const LARGEST_BYTES = 1024 * 1024;
const NAMES = [...CONFIG_KEYS.keys(), ...CONFIG_GROUPS];

/** What a YAML file sets; undefined when there is no such file. */
export function readConfigFile(file: string): Source | undefined {
  let text: string;
  try {
    text = readSmallFile(file, LARGEST_BYTES).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    return { settings: new Map(), problems: [{ key: undefined, message: `The file cannot be read: ${reason}`, origin: file }] };
  }
  return readYaml(text, file);
}

function readYaml(text: string, file: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const originAt = (offset: number | undefined) => (offset === undefined ? file : `${file}:${lines.linePos(offset).line}`);
  const settings = new Map<string, RawSetting>();
  const problems: ConfigProblem[] = document.errors.map(({ message, pos }) => ({ key: undefined, message, origin: originAt(pos[0]) }));
  if (problems.length > 0) return { settings, problems };

  const visit = (node: Node | null, prefix: string): void => {
    if (node === null || (isScalar(node) && node.value === null)) return; // an empty file, or a level with all its keys commented out
    if (!isMap(node)) {
      const key = prefix === "" ? undefined : prefix;
      problems.push({
        key,
        message: `${prefix === "" ? "the file must have" : "has"} keys ${prefix === "" ? "with values" : "below it"}, such as ${exampleBelow(prefix)}`,
        origin: originAt(node.range?.[0]),
      });
      return;
    }
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : "?";
      const path = prefix === "" ? name : `${prefix}.${name}`;
      const origin = originAt(isScalar(key) ? key.range?.[0] : node.range?.[0]);
      if (name.includes(".")) {
        const levels = name.split(".");
        const message = `is written in levels: ${levels.join(": { ")}: ...${" }".repeat(levels.length - 1)}`;
        problems.push({ key: path, message, origin });
      } else if (CONFIG_GROUPS.has(path)) visit(value as Node | null, path);
      else if (!CONFIG_KEYS.has(path)) problems.push(unknown(path, NAMES, origin));
      else if (value === null || (isScalar(value) && value.value === null)) {
        problems.push({ key: path, message: "has no value; give it one, or take the line out", origin });
      } else settings.set(path, { value: readNode(value as Node, path), origin, base: dirname(file) });
    }
  };
  visit(document.contents, "");
  return { settings, problems };

  function readNode(node: Node, path: string): unknown {
    // `mode: 0600` and `minVersion: 1.2` are numbers to YAML, and words to whoever wrote them.
    if (CONFIG_KEYS.get(path)?.kind === "text" && isScalar(node) && typeof node.value === "number")
      return node.source ?? String(node.value);
    return node.toJS(document, { maxAliasCount: 100 });
  }
}

function exampleBelow(prefix: string): string {
  const [example = ""] = [...CONFIG_KEYS.keys()].filter((path) => prefix === "" || path.startsWith(`${prefix}.`));
  return example;
}
