// Lighthouse over some addresses, in one browser. Prints, as JSON, the score of each category for each address, and
// what kept a score from being full.
//
//   node lighthouse.mjs MODULES BROWSER CATEGORY,… ADDRESS…
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, browser, categories, ...addresses] = process.argv.slice(2);
const require = createRequire(join(modules, "lighthouse", "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { default: lighthouse } = await import(pathToFileURL(join(modules, "lighthouse", "core", "index.js")));
const { launch } = await load("chrome-launcher");

const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
const chrome = await launch({ chromePath: browser, chromeFlags: ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", ...root] });
const told = {};
try {
  for (const address of addresses) {
    const { lhr } = await lighthouse(address, { port: chrome.port, onlyCategories: categories.split(","), logLevel: "silent" });
    told[address] = Object.values(lhr.categories).map((category) => ({
      category: category.id,
      score: category.score === null ? null : Math.round(category.score * 100),
      short: category.auditRefs
        .filter((part) => part.weight > 0)
        .map((part) => lhr.audits[part.id])
        .filter((audit) => audit.score !== null && audit.score < 1)
        .map((audit) => `${audit.id}: ${audit.title} ${JSON.stringify(audit.details?.items ?? []).slice(0, 600)}`),
    }));
  }
} finally {
  await chrome.kill();
}
console.log(JSON.stringify(told));
