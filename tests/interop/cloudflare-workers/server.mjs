// Runs worker.mjs in workerd, by miniflare.
import { writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { build } from 'esbuild';
import { Miniflare, Response } from 'miniflare';

const { HERE, PORT, TOKEN_TTL } = process.env;
// Where client metadata documents and client keys are really fetched, whatever host their URL names; without it nothing is.
const documents = process.env.CLIENT_DOCUMENTS;

// workerd would name its port too late for the Worker to know its own URL.
async function freePort() {
  const server = createServer();
  await new Promise((done, failed) => server.once('error', failed).listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
const port = Number(PORT) || await freePort();
const origin = `http://127.0.0.1:${port}`;

const { outputFiles: [worker] } = await build({
  stdin: { contents: await readFile(`${HERE}/worker.mjs`, 'utf8'), resolveDir: process.cwd() },
  bundle: true, format: 'esm', write: false, conditions: ['workerd', 'worker'], external: ['cloudflare:*', 'node:*'],
});
const miniflare = new Miniflare({
  host: '127.0.0.1', port, cf: false,
  modules: [{ type: 'ESModule', path: 'worker.mjs', contents: worker.text }],
  compatibilityDate: '2026-04-01', compatibilityFlags: ['global_fetch_strictly_public', 'nodejs_compat'],
  kvNamespaces: ['OAUTH_KV'],
  bindings: {
    ORIGIN: origin,
    LIFETIME: Math.max(60, Number(TOKEN_TTL)), // the package refuses less, as Workers KV does
    CLIENT_DOCUMENTS: documents !== undefined,
  },
  async outboundService(request) {
    if (!documents) return new Response('this server contacts nobody', { status: 502 });
    const { pathname, search } = new URL(request.url);
    const document = await fetch(new URL(pathname + search, documents), { redirect: 'manual' });
    return new Response(await document.arrayBuffer(), document);
  },
});
await miniflare.ready;

const end = () => miniflare.dispose().finally(() => process.exit());
process.stdin.resume().on('end', end);
process.once('SIGTERM', end).once('SIGINT', end);
writeSync(3, `READY ${origin}/mcp ${origin}\n`);
