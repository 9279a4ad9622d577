// A conversation by the official Node SDK, any version of it: `node openai_node.mjs FOLDER URL`, where FOLDER holds
// node_modules. Prints one JSON object: the version, and for each chapter what the SDK saw and how often it called back.

import { createRequire } from "node:module";
import { chaptersOf } from "./openai_node_chapters.mjs";
import { fileChaptersOf } from "./openai_node_file_chapters.mjs";

const [folder, url] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const openai = await import(require.resolve("openai"));
const { VERSION: version } = require("openai/version");

const client = new openai.OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-test", maxRetries: 0 });
const chapters = {
  ...chaptersOf(client, version),
  ...fileChaptersOf(client, version, openai.toFile),
};
const saw = {};
for (const [name, chapter] of Object.entries(chapters)) {
  saw[name] = await chapter();
}
console.log(JSON.stringify({ version, saw }));
