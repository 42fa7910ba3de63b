"""The Python SDK v2: MCPServer with its built-in authorization server, all at one origin.

Endpoints and checks are the SDK's. It leaves the user and the store to the application: that is `Provider`, in memory,
with one page where the user signs in and decides. Both are meant to be right, so that what a run finds is the SDK's.
"""

import html
import os
import secrets
import socket
import threading
import time

import uvicorn
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, AuthorizationCode, RefreshToken, TokenError, construct_redirect_uri
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthToken
from starlette.responses import HTMLResponse, RedirectResponse

READ, WRITE = "sentiment:read", "reports:write"
USERS = {"alice": "wonderland", "bob": "builder"}
LIFETIME = int(os.environ["TOKEN_TTL"])
CODE_LIFETIME = 60


def page(body, status=200):
    headers = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store"}
    return HTMLResponse(f"<!doctype html><title>Sign in</title>{body}", status, headers)


def decision_form(client, params):
    scopes = "".join(f"<li>{html.escape(scope)}</li>" for scope in params.scopes or [READ])
    return f"""<p>{html.escape(client.client_name or client.client_id)} asks for:</p><ul>{scopes}</ul>
        <p>You will go back to {html.escape(str(params.redirect_uri))}</p>
        <form method="post">
        <label>User name <input name="username"></label>
        <label>Password <input name="password" type="password"></label>
        <button name="decision" value="allow">Sign in and allow</button>
        <button name="decision" value="deny">Deny</button>
        </form>"""


class Provider:
    """The application's half of the SDK's OAuthAuthorizationServerProvider protocol."""

    def __init__(self, base):
        self.base = base
        self.clients, self.pending = {}, {}
        self.codes, self.access, self.refresh = {}, {}, {}
        self.grants = {}  # code or token -> the tokens of its grant, which end together
        self.redeemed = set()  # codes and refresh tokens

    async def get_client(self, client_id):
        return self.clients.get(client_id)

    async def register_client(self, client_info):
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client, params):
        ticket = secrets.token_urlsafe(16)
        self.pending[ticket] = client, params
        return f"{self.base}/login?ticket={ticket}"

    async def login(self, request):
        ticket = request.query_params.get("ticket")
        if ticket not in self.pending:
            return page("<p>This sign-in is over.</p>", 400)
        client, params = self.pending[ticket]
        cookie = f"login-{ticket}"
        if request.method == "GET":
            shown = page(decision_form(client, params))
            shown.set_cookie(cookie, "shown", path="/login", httponly=True, samesite="strict")
            return shown
        # Only the browser that was shown the page may answer it, not another site's form.
        if cookie not in request.cookies:
            return page("<p>This sign-in is not yours.</p>", 403)

        form = await request.form()
        user = form.get("username")
        if form.get("decision") != "allow":
            answer = {"error": "access_denied"}
        elif user in USERS and form.get("password") == USERS[user]:
            answer = {"code": self.issue_code(client, params, user)}
        else:
            return page("<p>Wrong user name or password.</p>" + decision_form(client, params), 403)
        del self.pending[ticket]
        # 303, so that the browser does not post the password on to the client.
        return RedirectResponse(construct_redirect_uri(str(params.redirect_uri), **answer, state=params.state), 303, {"Cache-Control": "no-store"})

    def issue_code(self, client, params, user):
        code = AuthorizationCode(
            code=secrets.token_urlsafe(32), client_id=client.client_id, subject=user, scopes=params.scopes or [READ],
            resource=params.resource, expires_at=time.time() + CODE_LIFETIME, code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri, redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
        )
        self.codes[code.code], self.grants[code.code] = code, set()
        return code.code

    async def load_authorization_code(self, client, authorization_code):
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(self, client, authorization_code):
        grant = self.redeem(authorization_code.code)
        return self.issue_tokens(client, grant, authorization_code, authorization_code.scopes)

    async def load_refresh_token(self, client, refresh_token):
        return self.refresh.get(refresh_token)

    async def exchange_refresh_token(self, client, refresh_token, scopes):
        grant = self.redeem(refresh_token.token)
        return self.issue_tokens(client, grant, refresh_token, scopes)

    def redeem(self, secret):
        """Once only. The SDK has checked client and verifier, so whoever comes again has all of it: the grant ends."""
        grant = self.grants[secret]
        if secret in self.redeemed:
            self.end(grant)
            raise TokenError("invalid_grant", "used before")
        self.redeemed.add(secret)
        return grant

    def issue_tokens(self, client, grant, source, scopes):
        owner = {"client_id": source.client_id, "subject": source.subject, "resource": source.resource}
        access = AccessToken(token=secrets.token_urlsafe(32), scopes=scopes, expires_at=int(time.time()) + LIFETIME, **owner)
        answer = OAuthToken(access_token=access.token, expires_in=LIFETIME, scope=" ".join(scopes))
        self.access[access.token] = access
        if "refresh_token" in client.grant_types:
            # It keeps what the user granted, whatever part of it this access token has.
            refresh = RefreshToken(token=secrets.token_urlsafe(32), scopes=source.scopes, **owner)
            self.refresh[refresh.token] = refresh
            answer.refresh_token = refresh.token
        for token in filter(None, (answer.access_token, answer.refresh_token)):
            grant.add(token)
            self.grants[token] = grant
        return answer

    async def load_access_token(self, token):
        return self.access.get(token)

    async def revoke_token(self, token):
        self.end(self.grants[token.token])

    def end(self, grant):
        for token in grant:
            self.access.pop(token, None)
            self.refresh.pop(token, None)


def follow_parent():
    while os.read(0, 4096):
        pass
    os._exit(0)


threading.Thread(target=follow_parent, daemon=True).start()

# Listen first, name later: port 0 has no URL before.
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
base = f"http://127.0.0.1:{listener.getsockname()[1]}"
provider = Provider(base)
mcp = MCPServer(
    "python-sdk",
    auth_server_provider=provider,
    log_level="WARNING",
    auth=AuthSettings(
        issuer_url=base,
        resource_server_url=f"{base}/mcp",
        required_scopes=[READ],
        # Unset is the SDK's default, which takes a token for any resource.
        validate_token_resource=True if os.environ.get("STRICT_RESOURCE") == "1" else None,
        revocation_options=RevocationOptions(enabled=True),
        client_registration_options=ClientRegistrationOptions(
            enabled=True, valid_scopes=[READ, WRITE], default_scopes=[READ, WRITE]
        ),
    ),
)
mcp.custom_route("/login", ["GET", "POST"])(provider.login)


@mcp.tool()
def get_sentiment(text: str) -> str:
    """How a text sounds"""
    return f"positive: {text}"


@mcp.tool()
def publish_report(text: str) -> str:
    """Publishes a report"""
    if WRITE not in get_access_token().scopes:  # the SDK has no scope per tool, so no 403 either
        raise PermissionError(f"insufficient_scope: {WRITE}")
    return f"published: {text}"


class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        os.write(3, f"READY {base}/mcp {base}\n".encode())


# An open event stream must not hold up the end.
config = uvicorn.Config(mcp.streamable_http_app(), log_level="warning", timeout_graceful_shutdown=1)
Server(config).run(sockets=[listener])
