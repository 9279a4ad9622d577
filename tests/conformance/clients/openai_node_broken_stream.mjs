// A run whose stream breaks off with an `error` event, by the official Node SDK: `node openai_node_broken_stream.mjs
// FOLDER URL`.

import { createRequire } from "node:module";
import { listenTo } from "./openai_node_listener.mjs";

const [folder, url] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const openai = await import(require.resolve("openai"));
const { VERSION: version } = require("openai/version");

const client = new openai.OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-test", maxRetries: 0 });
const { threads, assistants } = client.beta;
const assistant = await assistants.create({ model: "gpt-4o", instructions: "Be kind." });
const run = { assistant_id: assistant.id, thread: { messages: [{ role: "user", content: "Hello" }] } };

const raisedBy = async (call) => {
  try {
    await call();
  } catch (error) {
    return [error.constructor.name, error.message];
  }
  return ["nothing"];
};

const stream = threads.createAndRunStream(run);
const seen = listenTo(stream);
const saw = {
  handler: await raisedBy(() => stream.finalRun()),
  events: await raisedBy(async () => {
    for await (const _ of await threads.createAndRun({ ...run, stream: true }));
  }),
  callbacks: [seen.callbacks.error, seen.callbacks.end],
};
console.log(JSON.stringify({ version, saw }));
