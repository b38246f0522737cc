// What a trace viewer (Perfetto's, as `vizviewer` serves it) has loaded: `node viewer.mjs CHROMIUM URL QUERY...`. The
// rows of each query are printed as JSON.
import puppeteer from "puppeteer-core";

const [chromium, url, ...queries] = process.argv.slice(2);
const browser = await puppeteer.launch({
  executablePath: chromium,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
const page = await browser.newPage();
await page.goto(url, { waitUntil: "load" });
await page.waitForFunction(() => globalThis.app?.trace?.engine, { timeout: 120_000 });
const found = await page.evaluate(async (queries) => {
  const rows = [];
  for (const query of queries) {
    const result = await globalThis.app.trace.engine.query(query);
    const columns = result.columns();
    const these = [];
    for (const one = result.iter({}); one.valid(); one.next())
      these.push(columns.map((name) => { const value = one.get(name); return typeof value === "bigint" ? Number(value) : value; }));
    rows.push(these);
  }
  return rows;
}, queries);
await browser.close();
console.log(JSON.stringify(found));
