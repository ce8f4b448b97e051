// Pictures of mails: one sheet for each mail, at 375 and 600 px, light and dark.
//
// usage: node sheets.js FOLDER OUT [KIND…]
//
// FOLDER is what `kindred mail preview` has written.

import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

const EXECUTABLES = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
const WIDTHS = [375, 600];
const SCHEMES = ["light", "dark"];

const [folder, out, ...kinds] = process.argv.slice(2);
const isWanted = (file) => !kinds.length || kinds.some((kind) => file.endsWith(`/${kind}.html`));
const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".html") && isWanted(file));
if (!files.length) throw new Error(`no mails in ${folder}`);

const browser = await chromium.launch({ executablePath: EXECUTABLES.find(existsSync), args: ["--no-sandbox"] });

// No mail needs anything from elsewhere.
async function page(options) {
  const context = await browser.newContext({ offline: true, ...options });
  return context.newPage();
}

const pages = [];
for (const width of WIDTHS) {
  for (const colorScheme of SCHEMES) {
    pages.push({ width, tab: await page({ viewport: { width, height: 400 }, colorScheme }) });
  }
}
const sheet = await page({ viewport: { width: 2 * (375 + 600) + 5 * 16, height: 400 } });

let wide = 0;
for (const file of files.sort()) {
  const pictures = [];
  for (const { width, tab } of pages) {
    await tab.goto(pathToFileURL(resolve(folder, file)).href);
    const inner = await tab.evaluate(() => document.documentElement.scrollWidth);
    if (inner > width) {
      wide += 1;
      console.error(`${file}: ${inner} px wide at ${width} px`);
    }
    const picture = await tab.screenshot({ fullPage: true });
    pictures.push(`<img src="data:image/png;base64,${picture.toString("base64")}">`);
  }
  await sheet.setContent(
    `<body style="margin: 16px; display: flex; gap: 16px; align-items: flex-start; background: #888">${pictures.join("")}`,
  );
  const target = join(out, file.replace(/\.html$/, ".png"));
  mkdirSync(dirname(target), { recursive: true });
  await sheet.screenshot({ path: target, fullPage: true });
}
await browser.close();
console.log(`${files.length} sheets in ${out}`);
process.exit(wide ? 1 : 0);
