// The TypeScript SDK v1 as its own examples wire it: mcpAuthRouter, DemoInMemoryAuthProvider, requireBearerAuth and the
// streamable HTTP transport with sessions, all at one origin. The demo provider asks the user nothing.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { DemoInMemoryAuthProvider } from '@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import * as z from 'zod';

const READ = 'sentiment:read', WRITE = 'reports:write';
const lifetime = Number(process.env.TOKEN_TTL);
const strict = process.env.STRICT_RESOURCE === '1'; // the examples' --oauth-strict: tokens for another resource are refused

process.stdin.resume().on('end', () => process.exit());

// Listen first, name later: port 0 has no URL before.
const http = createServer();
await new Promise((done, failed) => http.once('error', failed).listen(Number(process.env.PORT), '127.0.0.1', done));
const issuerUrl = new URL(`http://127.0.0.1:${http.address().port}`), mcpUrl = new URL('/mcp', issuerUrl);

// Only the lifetime is ours: the demo has a fixed hour.
class Provider extends DemoInMemoryAuthProvider {
  async exchangeAuthorizationCode(...request) {
    const answer = await super.exchangeAuthorizationCode(...request);
    this.tokens.get(answer.access_token).expiresAt = Date.now() + lifetime * 1000;
    return { ...answer, expires_in: lifetime };
  }
}
const provider = new Provider(strict ? (resource) => resource?.href === mcpUrl.href : undefined);

const app = createMcpExpressApp();
const unlimited = { rateLimit: false }; // the default limits (20 registrations an hour) would stop any test run
app.use(mcpAuthRouter({
  provider, issuerUrl, resourceServerUrl: mcpUrl, scopesSupported: [READ, WRITE],
  authorizationOptions: unlimited, clientRegistrationOptions: unlimited, tokenOptions: unlimited,
}));

function tools() {
  const server = new McpServer({ name: 'typescript-sdk-v1', version: '1.0.0' });
  const inputSchema = { text: z.string() };
  const say = (text) => ({ content: [{ type: 'text', text }] });
  server.registerTool('get_sentiment', { description: 'How a text sounds', inputSchema }, ({ text }) => say(`positive: ${text}`));
  server.registerTool('publish_report', { description: 'Publishes a report', inputSchema }, ({ text }) => say(`published: ${text}`));
  return server;
}

// The SDK has no scope per tool: the guard reads the call, or each call of a batch, before the transport does.
const publishes = (message) => message?.method === 'tools/call' && message.params?.name === 'publish_report';
function bearer(req, res, next) {
  const requiredScopes = [req.body].flat().some(publishes) ? [READ, WRITE] : [READ];
  const guard = requireBearerAuth({
    verifier: provider, requiredScopes,
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(mcpUrl),
    expectedResource: strict ? mcpUrl : undefined,
  });
  return guard(req, res, next);
}

const sessions = new Map();
async function openSession() {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => sessions.set(id, transport),
    onsessionclosed: (id) => sessions.delete(id),
  });
  await tools().connect(transport);
  return transport;
}
app.all('/mcp', bearer, async (req, res) => {
  const id = req.headers['mcp-session-id'];
  const transport = sessions.get(id) ?? (req.body?.method === 'initialize' ? await openSession() : undefined);
  if (transport) return transport.handleRequest(req, res, req.body);
  res.status(id ? 404 : 400).json({ jsonrpc: '2.0', error: { code: -32000, message: id ? 'Unknown session' : 'No session' }, id: null });
});
http.on('request', app);

writeSync(3, `READY ${mcpUrl.href} ${issuerUrl.href}\n`);
