// mcp-oauth-server as its README wires it, with its in-memory model: mcpAuthRouter, authenticateHandler behind a page where the
// user signs in and decides, and requireBearerAuth before an MCP server of the TypeScript SDK v2, all at one origin.
// Only that page is ours, and meant to be right.
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { createMcpExpressApp } from '@modelcontextprotocol/express';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import express from 'express';
import { authenticateHandler, getOAuthProtectedResourceMetadataUrl, mcpAuthRouter, OAuthServer, redirectUriMatches, requireBearerAuth } from 'mcp-oauth-server';
import * as z from 'zod';

const READ = 'sentiment:read', WRITE = 'reports:write';
const USERS = { alice: 'wonderland', bob: 'builder' };
// Where client metadata documents are really fetched, whatever host their URL names; without it they are off.
const documents = process.env.CLIENT_DOCUMENTS;

process.stdin.resume().on('end', () => process.exit());

// Listen first, name later: port 0 has no URL before.
const http = createServer();
await new Promise((done, failed) => http.once('error', failed).listen(Number(process.env.PORT), '127.0.0.1', done));
const issuerUrl = new URL(`http://127.0.0.1:${http.address().port}`), mcpUrl = new URL('/mcp', issuerUrl);

const provider = new OAuthServer({
  issuerUrl, resourceServerUrl: mcpUrl, authorizationUrl: new URL('/consent', issuerUrl),
  scopesSupported: [READ, WRITE], accessTokenLifetime: Number(process.env.TOKEN_TTL),
  clientIdMetadataDocuments: documents && {
    fetch(url, options) {
      const { pathname, search } = new URL(url);
      return fetch(new URL(pathname + search, documents), options);
    },
  },
});

const app = express();
const unlimited = { rateLimit: false }; // the default limits (20 registrations an hour) would stop any test run
app.use(mcpAuthRouter({
  provider, resourceServerUrl: mcpUrl, scopesSupported: [READ, WRITE],
  authorizationOptions: unlimited, clientRegistrationOptions: unlimited, revocationOptions: unlimited, tokenOptions: unlimited,
}));

const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt()};`);
function page(res, status, body) {
  res.status(status).set({ 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'", 'Cache-Control': 'no-store' });
  res.type('html').send(`<!doctype html><title>Sign in</title>${body}`);
}
async function decision(res, status, params, complaint = '') {
  const client = await provider.getClient(params.client_id ?? '');
  if (!client) return page(res, 400, '<p>Nobody asks for anything here.</p>');
  const hidden = Object.entries(params).map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`);
  return page(res, status, `${complaint}<p>${escape(client.client_name ?? client.client_id)} asks for: ${escape(params.scope)}</p>
    <p>You will go back to ${escape(params.redirect_uri)}</p>
    <form method="post">${hidden.join('')}
    <label>User name <input name="username"></label>
    <label>Password <input name="password" type="password"></label>
    <button name="decision" value="allow">Sign in and allow</button>
    <button name="decision" value="deny">Deny</button>
    </form>`);
}
app.get('/consent', (req, res) => {
  res.cookie('consent', 'shown', { path: '/consent', httpOnly: true, sameSite: 'strict' });
  return decision(res, 200, req.query);
});
// Not app.post, as the README has it: authenticateHandler is a router that looks for its POST at /.
app.use('/consent', express.urlencoded({ extended: false }), async (req, res, next) => {
  // Only the browser that was shown the page may answer it, not another site's form.
  if (!/\bconsent=shown\b/.test(req.headers.cookie)) return page(res, 403, '<p>This decision is not yours.</p>');
  const { username, password, decision: said, ...params } = req.body;
  if (said === 'allow') {
    if (Object.hasOwn(USERS, username) && USERS[username] === password) return next();
    return decision(res, 403, params, '<p>Wrong user name or password.</p>');
  }
  // The package has nothing for a user who says no.
  const client = await provider.getClient(params.client_id ?? '');
  if (!client?.redirect_uris.some((uri) => redirectUriMatches(params.redirect_uri ?? '', uri))) return page(res, 400, '<p>Unknown client.</p>');
  const back = new URL(params.redirect_uri);
  const answer = { error: 'access_denied', iss: issuerUrl.href, ...(params.state && { state: params.state }) };
  for (const [name, value] of Object.entries(answer)) back.searchParams.set(name, value);
  return res.redirect(303, back.href);
}, authenticateHandler({ provider, getUser: (req) => req.body.username, ...unlimited }));

function tools() {
  const server = new McpServer({ name: 'mcp-oauth-server', version: '1.0.0' });
  const inputSchema = z.object({ text: z.string() });
  const say = (text) => ({ content: [{ type: 'text', text }] });
  server.registerTool('get_sentiment', { description: 'How a text sounds', inputSchema }, ({ text }) => say(`positive: ${text}`));
  server.registerTool('publish_report', { description: 'Publishes a report', inputSchema }, ({ text }) => say(`published: ${text}`));
  return server;
}

// The package has no scope per tool: its guard is told by the call, or by each call of a batch.
const publishes = (message) => message?.method === 'tools/call' && message.params?.name === 'publish_report';
function bearer(req, res, next) {
  const requiredScopes = [req.body].flat().some(publishes) ? [READ, WRITE] : [READ];
  return requireBearerAuth({ verifier: provider, requiredScopes, resource: mcpUrl, resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(mcpUrl) })(req, res, next);
}
// An application of its own, because it parses JSON wherever it is mounted, and a token endpoint takes forms.
const mcp = createMcpExpressApp();
const handle = toNodeHandler(createMcpHandler(tools));
mcp.all('/mcp', bearer, (req, res) => handle(req, res, req.body));
app.use(mcp);
http.on('request', app);

writeSync(3, `READY ${mcpUrl.href} ${issuerUrl.href}\n`);
