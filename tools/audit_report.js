// Opens a report from disk in headless Chromium, light and dark, wide and narrow: it may ask for nothing but
// itself, log nothing, scroll sideways nowhere, draw every picture, and axe may find nothing serious.
// Usage: NODE_PATH=<folder with playwright-core and axe-core> node audit_report.js REPORT.html CHROMIUM
const fs = require('fs');
const { pathToFileURL } = require('url');
const { chromium } = require('playwright-core');

const [report, executablePath] = process.argv.slice(2);
const page_url = pathToFileURL(fs.realpathSync(report)).href;
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

async function faults(browser, colorScheme, width) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
  const page = await context.newPage();
  const found = [];
  page.on('request', r => { if (r.url() !== page_url && !r.url().startsWith('data:')) found.push(`asks for ${r.url()}`); });
  page.on('console', m => found.push(`console: ${m.text()}`));
  page.on('pageerror', e => found.push(`error: ${e}`));
  await page.goto(page_url);
  const seen = await page.evaluate(() => ({
    sideways: document.documentElement.scrollWidth > document.documentElement.clientWidth,
    undrawn: [...document.images].filter(i => !i.complete || !i.naturalWidth).length,
    hidden: [...document.querySelectorAll('table, figure img')].filter(e => !e.getBoundingClientRect().height).length,
    summary: document.querySelector('section.summary').getBoundingClientRect().bottom,
  }));
  if (seen.sideways) found.push('scrolls sideways');
  if (seen.undrawn) found.push(`${seen.undrawn} pictures are not drawn`);
  if (seen.hidden) found.push(`${seen.hidden} tables or pictures have no height`);
  if (width >= 1280 && seen.summary > 900) found.push(`the summary ends at ${seen.summary} px, below the first screen`);
  await page.evaluate(axe);
  const audit = await page.evaluate(() => window.axe.run());
  for (const v of audit.violations) {
    if (['serious', 'critical'].includes(v.impact)) found.push(`axe ${v.impact}: ${v.id}, ${v.nodes[0].html.slice(0, 120)}`);
  }
  await context.close();
  return found.map(text => `${colorScheme}, ${width} px: ${text}`);
}

(async () => {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
  const found = [];
  for (const scheme of ['light', 'dark']) for (const width of [1280, 390]) found.push(...await faults(browser, scheme, width));
  await browser.close();
  for (const text of found) console.log(text);
  process.exit(found.length ? 1 : 0);
})();
