"""fastmcp's OAuthProxy before an upstream authorization server that knows one client only: the proxy registers clients, asks
the user for consent and issues JWTs of its own, at one origin with the MCP server.

The upstream, on a free port, is fastmcp's InMemoryOAuthProvider, which asks the user nothing.
"""

import asyncio
import os
import secrets
import socket
import threading

import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth import OAuthProxy, require_scopes
from fastmcp.server.auth.providers import in_memory
from key_value.aio.stores.memory import MemoryStore
from mcp.shared.auth import OAuthClientInformationFull

READ, WRITE = "sentiment:read", "reports:write"
LIFETIME = int(os.environ["TOKEN_TTL"])
in_memory.DEFAULT_ACCESS_TOKEN_EXPIRY_SECONDS = LIFETIME  # no option of the provider


def follow_parent():
    while os.read(0, 4096):
        pass
    os._exit(0)


threading.Thread(target=follow_parent, daemon=True).start()


# Listen first, name later: port 0 has no URL before.
def listen(port):
    listener = socket.create_server(("127.0.0.1", port))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


(listener, base), (upstream_listener, upstream_base) = listen(int(os.environ["PORT"])), listen(0)
client = OAuthClientInformationFull(
    client_id="proxy", client_secret=secrets.token_urlsafe(32), token_endpoint_auth_method="client_secret_post",
    redirect_uris=[f"{base}/auth/callback"], grant_types=["authorization_code", "refresh_token"], scope=f"{READ} {WRITE}",
)
upstream = in_memory.InMemoryOAuthProvider(base_url=upstream_base, required_scopes=[READ])
proxy = OAuthProxy(
    upstream_authorization_endpoint=f"{upstream_base}/authorize",
    upstream_token_endpoint=f"{upstream_base}/token",
    upstream_client_id=client.client_id,
    upstream_client_secret=client.client_secret,
    token_endpoint_auth_method=client.token_endpoint_auth_method,
    token_verifier=upstream,
    base_url=base,
    valid_scopes=[READ, WRITE],
    fastmcp_access_token_expiry_seconds=LIFETIME,
    client_storage=MemoryStore(),
    enable_cimd=False,  # it would fetch what clients name, and refuses 127.0.0.1, where a tester's documents are
)
mcp = FastMCP("fastmcp-oauthproxy", auth=proxy)


@mcp.tool
def get_sentiment(text: str) -> str:
    """How a text sounds"""
    return f"positive: {text}"


@mcp.tool(auth=require_scopes(WRITE))
def publish_report(text: str) -> str:
    """Publishes a report"""
    return f"published: {text}"


async def serve():
    await upstream.register_client(client)
    # An open event stream must not hold up the end.
    servers = [
        uvicorn.Server(uvicorn.Config(application, log_level="warning", timeout_graceful_shutdown=1))
        for application in (FastMCP("upstream", auth=upstream).http_app(), mcp.http_app(path="/mcp"))
    ]
    running = [
        asyncio.create_task(server.serve(sockets=[socket]))
        for server, socket in zip(servers, (upstream_listener, listener))
    ]
    while not all(server.started for server in servers):
        await asyncio.sleep(0.05)
    os.write(3, f"READY {base}/mcp {base}/\n".encode())
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)


asyncio.run(serve())
