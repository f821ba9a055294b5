"""`python -m bot.engine.serve --port P --model FILE`: the engine on 127.0.0.1, our channel only."""

import argparse
import sys
from pathlib import Path
from typing import Any

from bot.engine.environment import PROJECT, prepare, quieten

HOST = "127.0.0.1"
RESPONSE_SECONDS = 30


def main() -> int:
    """Serve until a signal ends it; 2 when it cannot start."""
    arguments = _arguments()
    prepare()
    quieten()
    if not arguments.model.is_file():
        print(f"no model at {arguments.model}", file=sys.stderr)
        return 2
    try:
        app = make_app(arguments.model, arguments.endpoints)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    app.run(host=HOST, port=arguments.port, access_log=False, motd=False)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--endpoints", type=Path, default=PROJECT / "endpoints.yml")
    return parser.parse_args()


def make_app(model: Path, endpoints: Path) -> Any:
    """Return a Sanic app that loads `model` before it takes the first request.

    Rasa's own server is left out: its HTTP API reads and writes any conversation.
    """
    from rasa.core.channels import channel
    from sanic import Sanic

    from bot.engine.agent import TurnAgent
    from bot.engine.channel import TurnInput

    app = Sanic("footbridge_engine", configure_logging=False)
    app.config.RESPONSE_TIMEOUT = RESPONSE_SECONDS
    app.config.MOTD = False
    channel.register([TurnInput.from_credentials(None)], app, route="/webhooks/")
    agent = make_agent(endpoints)

    async def load(app: Any, _: Any) -> None:
        agent.load_model(str(model))
        app.ctx.agent = agent

    async def close(_app: Any, _: Any) -> None:
        endpoint: Any = agent.action_endpoint
        if endpoint is not None:
            await endpoint.close()

    app.register_listener(load, "before_server_start")
    app.register_listener(close, "after_server_stop")
    assert isinstance(agent, TurnAgent)
    return app


def make_agent(endpoints: Path) -> Any:
    """Return an agent with the action server and the tracker store that `endpoints` names."""
    from rasa.core.tracker_store import TrackerStore
    from rasa.utils.endpoints import read_endpoint_config

    from bot.engine.agent import ActionEndpoint, TurnAgent

    actions = read_endpoint_config(str(endpoints), "action_endpoint")
    return TurnAgent(
        tracker_store=TrackerStore.create(read_endpoint_config(str(endpoints), "tracker_store")),
        action_endpoint=ActionEndpoint.of(actions) if actions else None,
    )


if __name__ == "__main__":
    raise SystemExit(main())
