"""Rasa's action endpoint, on the private listener: the SDK's executor without its server."""

import hmac
from typing import Any

import structlog
from aiohttp import web
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from bot.actions import all_actions
from bot.actions.base import Tools

log = structlog.get_logger(__name__)

MAX_BODY = 8 * 1024 * 1024  # bytes; a tracker travels with each call


def action_routes(tools: Tools, token: str) -> list[web.RouteDef]:
    """`POST /actions/webhook`, for callers that know the installation's secret."""
    executor = ActionExecutor()
    for action in all_actions(tools):
        executor.register_action(action)

    async def webhook(request: web.Request) -> web.Response:
        if not hmac.compare_digest(
            request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()
        ):
            raise web.HTTPUnauthorized
        return await _run(executor, await request.json())

    return [web.post("/actions/webhook", webhook)]


async def _run(executor: ActionExecutor, call: dict[str, Any]) -> web.Response:
    call.setdefault("domain", {})
    name = call.get("next_action", "")
    try:
        result = await executor.run(call)
    except ActionExecutionRejection as rejected:
        return web.json_response({"error": str(rejected), "action_name": rejected.action_name}, status=400)
    except ActionNotFoundException as missing:
        return web.json_response({"error": "no such action", "action_name": missing.action_name}, status=404)
    except Exception as failure:
        log.error("action_failed", action=name, why=type(failure).__name__)
        return web.json_response({"error": "the action failed", "action_name": name}, status=500)
    return web.json_response(result.model_dump() if result else {})
