// What a browser finds on pages: `node check.mjs JOBS.json`. A job is a page and what to do with it; what is found is
// printed as JSON, a list for each job. No verdicts here: those are the test's.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import puppeteer from "puppeteer-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const { chromium, jobs } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const browser = await puppeteer.launch({
  executablePath: chromium,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-lcd-text", "--font-render-hinting=none"],
});

// Everything that is measured in the page itself.
function measured() {
  const box = (one) => one.getBoundingClientRect();
  const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && box(one).width > 0;
  const overlaps = [];
  for (const svg of document.querySelectorAll("main svg:not(svg svg)")) {
    const texts = [...svg.querySelectorAll("text")].filter(shown).map((one) => [one.textContent, box(one)]);
    for (let i = 0; i < texts.length; i++)
      for (let j = 0; j < i; j++) {
        const [a, b] = [texts[i][1], texts[j][1]];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 4) overlaps.push(`${texts[i][0]} | ${texts[j][0]}`);
      }
  }
  const centre = (one) => (box(one).left + box(one).right) / 2;
  const apart = [];
  for (const table of document.querySelectorAll("table.rank:not(.cost)")) {
    const plot = table.querySelector("thead .plot");
    if (!plot) continue;
    const tick = [...plot.querySelectorAll("text")].find((one) => one.textContent === "1");
    const line = table.querySelector("tbody .one");
    apart.push(tick && line ? Math.abs(centre(tick) - centre(line)) : null);
  }
  const sizes = [...document.querySelectorAll("body *")]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) && shown(one))
    .filter((one) => one.closest("main, header"))
    .map((one) => parseFloat(getComputedStyle(one).fontSize));
  const key = document.querySelector(".first .marks");
  return {
    sideways: document.documentElement.scrollWidth - innerWidth,
    overlaps,
    tickApart: apart,
    smallest: Math.min(...sizes),
    keyBottom: key ? box(key).bottom + scrollY : null,
    scripts: document.scripts.length,
  };
}

async function look(job) {
  const page = await browser.newPage();
  const requests = [];
  const said = [];
  page.on("request", (one) => requests.push(one.url().slice(0, 60)));
  page.on("console", (one) => said.push(one.text()));
  page.on("pageerror", (one) => said.push(String(one)));
  page.on("dialog", async (one) => { said.push(`dialog: ${one.message()}`); await one.dismiss(); });
  await page.setJavaScriptEnabled(job.script !== false);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: job.scheme ?? "light" }]);
  await page.setViewport({ width: job.width ?? 1280, height: job.height ?? 800, deviceScaleFactor: job.scale ?? 1 });
  if (job.achromatopsia) await page.emulateVisionDeficiency("achromatopsia");
  await page.goto(job.url, { waitUntil: "load" });
  const found = { requests, said };
  if (job.script !== false) Object.assign(found, await page.evaluate(measured));
  if (job.axe) {
    await page.evaluate(() => { for (const one of document.querySelectorAll("details")) one.open = true; });
    await page.evaluate(axe);
    const result = await page.evaluate(() => axe.run());
    found.violations = result.violations.map((one) => `${one.id}: ${one.nodes.length}, ${one.nodes[0].html.slice(0, 200)}`);
    found.passes = result.passes.length;
  }
  if (job.highlight) {
    await page.select("select", job.highlight);
    const other = `.rank tr.m:not(.s${job.highlight})`;
    found.opacity = await page.$eval(other, (one) => getComputedStyle(one).opacity);
  }
  if (job.record) found.record = await page.$eval("#record", (one) => [one.download, one.href]);
  if (job.element) {
    await page.evaluate(() => { document.querySelector("header").style.position = "static"; });
    await (await page.$(job.element)).screenshot({ path: job.picture });
  } else if (job.picture) await page.screenshot({ path: job.picture, fullPage: job.full ?? false });
  if (job.pdf) await page.pdf({ path: job.pdf, format: "A4", preferCSSPageSize: true });
  await page.close();
  return found;
}

const found = [];
for (const job of jobs) found.push(await look(job));
await browser.close();
console.log(JSON.stringify(found));
