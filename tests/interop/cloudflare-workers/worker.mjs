// @cloudflare/workers-oauth-provider as its documentation wires it, in one Worker that is both authorization server and MCP
// server: OAuthProvider with the consent page of docs/consent-page.md, which also signs the user in.
import { AuthorizationError, CimdFetchError, insufficientScope, OAuthProvider } from '@cloudflare/workers-oauth-provider';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

const READ = 'sentiment:read', WRITE = 'reports:write';
const USERS = { alice: 'wonderland', bob: 'builder' };

const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
function decisionPage(details, handle) {
  const scopes = details.scope.map((scope) => `<label><input type="checkbox" name="scope" value="${escape(scope)}" checked> ${escape(scope)}</label>`);
  return `<!doctype html><meta charset="utf-8"><title>Sign in</title>
    <p>${escape(details.clientName)} asks for access, which will be sent to ${escape(details.redirectHost)}.</p>
    <form method="post"><input type="hidden" name="handle" value="${escape(handle)}">
    ${scopes.join('')}
    <label>User name <input name="username"></label>
    <label>Password <input name="password" type="password"></label>
    <button name="decision" value="approve">Sign in and allow</button>
    <button name="decision" value="deny">Deny</button>
    </form>`;
}

async function show(req, oauth) {
  const request = await oauth.parseAuthRequest(req);
  const details = await oauth.describeConsent(request);
  const consent = await oauth.beginConsent(request);
  consent.headers.set('Content-Type', 'text/html; charset=utf-8');
  return new Response(decisionPage(details, consent.handle), { headers: consent.headers });
}

async function decide(req, oauth) {
  const form = await req.formData(), handle = String(form.get('handle')), user = String(form.get('username'));
  if (form.get('decision') !== 'approve') {
    const denied = await oauth.denyConsent(req, handle);
    return new Response(null, { status: 303, headers: denied.headers });
  }
  if (!Object.hasOwn(USERS, user) || USERS[user] !== form.get('password')) return new Response('Wrong user name or password', { status: 403 });
  const approved = await oauth.approveConsent(req, handle, { scope: form.getAll('scope').map(String) });
  const { redirectTo } = await oauth.completeAuthorization({
    request: approved.request, scope: approved.request.scope, userId: user, metadata: {}, props: { user },
    revokeExistingGrants: false, // the default allows a user one grant a client, and a tester needs several at a time
  });
  approved.headers.set('Location', redirectTo);
  // 303, so that the browser does not post the password on to the client.
  return new Response(null, { status: 303, headers: approved.headers });
}

const defaultHandler = {
  async fetch(req, env) {
    if (new URL(req.url).pathname !== '/authorize') return new Response('Not found', { status: 404 });
    try {
      return await (req.method === 'POST' ? decide : show)(req, env.OAUTH_PROVIDER);
    } catch (error) {
      if (error instanceof AuthorizationError && error.redirectTo) return Response.redirect(error.redirectTo, 302);
      if (error instanceof AuthorizationError) return new Response(error.description, { status: 400 });
      if (error instanceof CimdFetchError) return new Response('This client could not be verified', { status: 400 });
      throw error;
    }
  },
};

function tools() {
  const server = new McpServer({ name: 'cloudflare-workers', version: '1.0.0' });
  const inputSchema = z.object({ text: z.string() });
  const say = (text) => ({ content: [{ type: 'text', text }] });
  server.registerTool('get_sentiment', { description: 'How a text sounds', inputSchema }, ({ text }) => say(`positive: ${text}`));
  server.registerTool('publish_report', { description: 'Publishes a report', inputSchema }, ({ text }) => say(`published: ${text}`));
  return server;
}
const mcp = createMcpHandler(tools);
// The package leaves the scopes of a call, or of each call of a batch, to the handler.
const publishes = (message) => message?.method === 'tools/call' && message.params?.name === 'publish_report';
const apiHandler = {
  async fetch(request, _env, ctx) {
    const body = await request.clone().json().catch(() => undefined);
    const needed = [body].flat().some(publishes) ? [READ, WRITE] : [READ];
    if (!needed.every((scope) => ctx.auth.scope.includes(scope))) return insufficientScope(ctx.auth, needed);
    return mcp.fetch(request);
  },
};

let provider; // its options depend on the port
export default {
  fetch(request, env, ctx) {
    provider ??= new OAuthProvider({
      apiRoute: '/mcp', apiHandler, defaultHandler,
      authorizeEndpoint: '/authorize', tokenEndpoint: '/oauth/token', clientRegistrationEndpoint: '/oauth/register',
      scopesSupported: [READ, WRITE], requiredScopes: [READ], accessTokenTTL: env.LIFETIME,
      resourceMetadata: { resource: `${env.ORIGIN}/mcp`, authorization_servers: [env.ORIGIN] },
      clientIdMetadataDocumentEnabled: env.CLIENT_DOCUMENTS,
    });
    return provider.fetch(request, env, ctx);
  },
};
