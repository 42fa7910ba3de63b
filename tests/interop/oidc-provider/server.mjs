// oidc-provider as the authorization server, on a free port, and on PORT an MCP server of the TypeScript SDK v2 that
// verifies its JWTs: two origins, as hosted vendors have them.
import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { createMcpExpressApp, getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter, requireBearerAuth } from '@modelcontextprotocol/express';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer, OAuthError, OAuthErrorCode, requireScopes } from '@modelcontextprotocol/server';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import Provider, { errors } from 'oidc-provider';
import * as z from 'zod';

const READ = 'sentiment:read', WRITE = 'reports:write';
const lifetime = Number(process.env.TOKEN_TTL);
// Where client metadata documents and client keys are really fetched, whatever host their URL names; without it nothing is.
const documents = process.env.CLIENT_DOCUMENTS;

process.stdin.resume().on('end', () => process.exit());

// Listen first, name later: port 0 has no URL before.
async function listen(port) {
  const server = createServer();
  await new Promise((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done));
  return { server, origin: `http://127.0.0.1:${server.address().port}` };
}
const [mcp, authorization] = await Promise.all([listen(Number(process.env.PORT)), listen(0)]);
const mcpUrl = new URL('/mcp', mcp.origin), issuer = authorization.origin;
// A second resource that nobody serves: a token for it is a good token that the MCP server must refuse.
const otherUrl = new URL('/other', mcp.origin);

const { privateKey } = await generateKeyPair('RS256', { extractable: true });
const provider = new Provider(issuer, {
  scopes: ['openid', 'offline_access', READ, WRITE],
  jwks: { keys: [{ ...await exportJWK(privateKey), alg: 'RS256', use: 'sig' }] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  fetch(url, options) {
    if (!documents) throw new Error('this server contacts nobody');
    const { pathname, search } = new URL(url);
    // The dispatcher refuses loopback addresses, which is where a tester's documents are.
    return fetch(new URL(pathname + search, documents), { ...options, dispatcher: undefined });
  },
  features: {
    clientIdMetadataDocument: { enabled: documents !== undefined, ack: 'draft-02' },
    devInteractions: { enabled: true }, // its own sign-in and consent pages: any name, any password
    registration: { enabled: true },
    registrationManagement: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      getResourceServerInfo(_ctx, resource) {
        if (resource !== mcpUrl.href && resource !== otherUrl.href) throw new errors.InvalidTarget();
        return { scope: `${READ} ${WRITE}`, audience: resource, accessTokenFormat: 'jwt', accessTokenTTL: lifetime, jwt: { sign: { alg: 'RS256' } } };
      },
    },
  },
  ttl: { AccessToken: lifetime, Grant: 86400, Interaction: 3600, RefreshToken: 86400, Session: 86400 },
});
authorization.server.on('request', provider.callback());

const oauthMetadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const keys = createRemoteJWKSet(new URL(oauthMetadata.jwks_uri));
async function verifyAccessToken(token) {
  const { payload } = await jwtVerify(token, keys, { issuer, audience: mcpUrl.href, typ: 'at+jwt' }).catch((error) => {
    throw new OAuthError(OAuthErrorCode.InvalidToken, error.code ?? 'invalid');
  });
  return { token, clientId: payload.client_id, scopes: (payload.scope ?? '').split(' '), expiresAt: payload.exp, resource: mcpUrl };
}

function tools() {
  const server = new McpServer({ name: 'oidc-provider', version: '1.0.0' });
  const inputSchema = z.object({ text: z.string() });
  const say = (text) => ({ content: [{ type: 'text', text }] });
  server.registerTool('get_sentiment', { description: 'How a text sounds', inputSchema, scopeChallenge: requireScopes(READ) }, ({ text }) => say(`positive: ${text}`));
  server.registerTool('publish_report', { description: 'Publishes a report', inputSchema, scopeChallenge: requireScopes(READ, WRITE) }, ({ text }) => say(`published: ${text}`));
  return server;
}

const app = createMcpExpressApp();
app.use(mcpAuthMetadataRouter({ oauthMetadata, resourceServerUrl: mcpUrl, scopesSupported: [READ, WRITE] }));
const bearer = requireBearerAuth({
  verifier: { verifyAccessToken },
  requiredScopes: [READ],
  expectedResource: mcpUrl,
  resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(mcpUrl),
});
const handle = toNodeHandler(createMcpHandler(tools));
app.all('/mcp', bearer, (req, res) => handle(req, res, req.body));
mcp.server.on('request', app);

writeSync(3, `READY ${mcpUrl.href} ${issuer}\n`);
