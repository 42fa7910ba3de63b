"""django-oauth-toolkit as the authorization server, on a free port, and on PORT an MCP server of the Python SDK v2 that
introspects its opaque tokens: two origins, as hosted vendors have them.

A Django project as `startproject` makes it, with sign-in by django.contrib.auth and every setting of the toolkit at its
default but for scopes, lifetime and open registration.
"""

import os
import secrets
import signal
import socket
import sys
import tempfile
import threading

import django
import httpx2
import uvicorn
from django.conf import settings
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer

READ, WRITE = "sentiment:read", "reports:write"
USERS = {"alice": "wonderland", "bob": "builder"}
LOGIN_PAGE = '<!doctype html><title>Sign in</title><form method="post">{% csrf_token %}{{ form }}<button>Sign in</button></form>'

folder = tempfile.TemporaryDirectory()
settings.configure(
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    STATIC_URL="static/",
    LOGGING_CONFIG=None,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": [
        ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN_PAGE}),
        "django.template.loaders.app_directories.Loader",
    ]}}],
    # One writer at a time, as SQLite needs it.
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder.name}/db.sqlite3",
                           "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL"}}},
    LOGIN_URL="login",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # the default spends half a second on each secret
    OAUTH2_PROVIDER={
        "SCOPES": {READ: "How a text sounds", WRITE: "Publish reports"},
        "ACCESS_TOKEN_EXPIRE_SECONDS": int(os.environ["TOKEN_TTL"]),
        "DCR_ENABLED": True,
        "DCR_REGISTRATION_PERMISSION_CLASSES": ("oauth2_provider.dcr.AllowAllDCRPermission",),
    },
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402: Django's modules can be imported only now
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402

urlpatterns = [path("login/", LoginView.as_view(), name="login"), path("", include("oauth2_provider.urls"))]

call_command("migrate", verbosity=0)
for user, password in USERS.items():
    User.objects.create_user(user, password=password)
credentials = "mcp-server", secrets.token_urlsafe(32)
Application.objects.create(
    client_id=credentials[0], client_secret=credentials[1],
    client_type=Application.CLIENT_CONFIDENTIAL, authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
)

# Listen first, name later: port 0 has no URL before.
authorization = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
authorization.set_app(get_wsgi_application())
issuer = f"http://127.0.0.1:{authorization.server_port}"
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
resource = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"


class Introspection:
    """A TokenVerifier of the SDK by RFC 7662."""

    http = httpx2.AsyncClient(auth=credentials)

    async def verify_token(self, token):
        answer = (await self.http.post(f"{issuer}/introspect/", data={"token": token})).json()
        if not answer["active"]:
            return None
        audience = answer.get("aud", [])
        return AccessToken(
            token=token, client_id=answer["client_id"], subject=answer.get("username"), scopes=answer["scope"].split(),
            expires_at=answer["exp"],
            # The SDK knows one resource a token.
            resource=resource if resource in audience else next(iter(audience), None),
        )


mcp = MCPServer(
    "django-oauth-toolkit",
    token_verifier=Introspection(),
    log_level="WARNING",
    auth=AuthSettings(issuer_url=issuer, resource_server_url=resource, required_scopes=[READ], validate_token_resource=True),
)


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
        os.write(3, f"READY {resource} {issuer}\n".encode())


# An open event stream must not hold up the end.
server = Server(uvicorn.Config(mcp.streamable_http_app(), log_level="warning", timeout_graceful_shutdown=1))


def follow_parent():
    while os.read(0, 4096):
        pass
    server.should_exit = True


# uvicorn raises the signal again when it has shut down; then the database goes, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
threading.Thread(target=authorization.serve_forever, daemon=True).start()
threading.Thread(target=follow_parent, daemon=True).start()
server.run(sockets=[listener])
