"""`tributary serve`: the API, in one process or several."""

import gc
import logging
from copy import copy, deepcopy

import click
import uvicorn
from uvicorn.config import LOGGING_CONFIG
from uvicorn.logging import AccessFormatter

from app.commands.servers import servers_at_hand
from app.settings import settings

ENGINE = "app.http.frames:FramesProtocol"
PING_SECONDS = 25.0
GOODBYE_SECONDS = 10
LOGGING = deepcopy(LOGGING_CONFIG)
LOGGING["formatters"]["access"]["()"] = f"{__name__}.WithoutQuery"


class WithoutQuery(AccessFormatter):
    """A line of the access log: the path, without what was asked for in the query, such as a phone number."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        shown = copy(record)
        client, method, path, *rest = record.args if isinstance(record.args, tuple) else ()
        shown.args = (client, method, str(path).partition("?")[0], *rest)
        return super().formatMessage(shown)


@click.command()
@click.option("--host", default=lambda: settings().host, help="Address to listen on (HOST).")
@click.option("--port", type=int, default=lambda: settings().port, help="Port to listen on (PORT).")
@click.option("--processes", type=click.IntRange(1), default=1, help="API processes; one per core is a good start.")
@click.option("--access-log", is_flag=True, help="Log every request.")
def command(host: str, port: int, processes: int, access_log: bool) -> None:
    """Answer the API until SIGTERM or Ctrl-C; requests under way get ten seconds to finish."""
    with servers_at_hand(redis=True) as told:
        if not told.secret_key:
            click.echo("TRIBUTARY_SECRET_KEY is not set: nobody can log in.", err=True)
        gc.disable()  # until the application is there: nothing that the start makes is garbage
        uvicorn.run(
            "app.asgi:application",
            host=host,
            port=port,
            workers=processes,
            loop="uvloop",
            http="httptools",
            ws=ENGINE,
            ws_max_size=told.max_body_bytes,
            ws_per_message_deflate=False,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PING_SECONDS,
            lifespan="on",
            access_log=access_log,
            log_config=LOGGING,
            log_level="info" if access_log else "warning",
            server_header=False,
            timeout_graceful_shutdown=GOODBYE_SECONDS,
        )
