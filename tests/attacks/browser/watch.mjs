// Opens pages in Chromium, listens to what they do, and prints it as JSON.
//
// node watch.mjs '{"core": playwright-core's folder, "browser": path, "mark": name, "pages": [{"url", "allowed": [prefix]}]}'
// For each page: {url, ran, dialogs, requests, moved, opened, blocked}. A request to an address that begins with none of
// `allowed` is noted and never leaves the machine. Screenshots go where a page names a file as "shot".
import { createRequire } from "node:module";

const task = JSON.parse(process.argv[2]);
const { chromium } = createRequire(import.meta.url)(task.core);
const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
const browser = await chromium.launch({
  executablePath: task.browser,
  args: [...flags, "--disable-component-update", "--disable-sync"],
});

async function watch(page, { url, allowed, shot }) {
  const seen = { url, ran: false, dialogs: [], requests: [], moved: [], opened: [], blocked: [], errors: [] };
  const session = await page.context().newCDPSession(page);
  await session.send("Page.enable");
  session.on("Page.frameRequestedNavigation", (event) => seen.moved.push(event.url));
  session.on("Page.frameNavigated", ({ frame }) => {
    if (!allowed.some((prefix) => frame.url.startsWith(prefix))) seen.moved.push(frame.url);
  });
  page.on("dialog", (dialog) => { seen.dialogs.push(dialog.message()); dialog.dismiss(); });
  page.on("popup", (popup) => seen.opened.push(popup.url()));
  page.on("worker", (worker) => seen.opened.push(worker.url()));
  page.on("frameattached", (frame) => seen.opened.push(`frame ${frame.url()}`));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("console", (message) => { if (/Content Security Policy/.test(message.text())) seen.blocked.push(message.text()); });
  await page.route("**", (route) => {
    const asked = route.request().url();
    if (asked.startsWith("data:image/") || allowed.some((prefix) => asked.startsWith(prefix))) return route.continue();
    seen.requests.push(asked);
    return route.abort();
  });
  await page.goto(url, { waitUntil: "load" });
  await page.waitForTimeout(300);
  // a reader moves the mouse over everything, opens what can be opened and tabs through the page
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let y = 0; y < Math.min(height, 40000); y += 400) {
    await page.mouse.wheel(0, 400);
    await page.mouse.move(300 + (y % 200), 300);
  }
  for (let i = 0; i < 40; i++) await page.keyboard.press("Tab");
  await page.waitForTimeout(200);
  const marked = async (frame) => frame.evaluate((mark) => window[mark] !== undefined, task.mark).catch(() => false);
  for (const frame of page.frames()) seen.ran ||= await marked(frame);
  seen.title = await page.title();
  seen.broken = await page.evaluate(() => [...document.images].filter((i) => i.src && i.complete && !i.naturalWidth).length);
  if (shot) await page.screenshot({ path: shot, fullPage: !task.fold, clip: task.clip });
  return seen;
}

const found = [];
for (const about of task.pages) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
  found.push(await watch(await context.newPage(), about));
  await context.close();
}
await browser.close();
console.log(JSON.stringify(found));
