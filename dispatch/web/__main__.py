"""`python -m dispatch.web`: the pages, served by gunicorn.

`gunicorn dispatch.web…` itself would put the working folder first among the places to look in, and
read a `gunicorn.conf.py` there: code of anybody who can write to it. It would also open a socket by
which it can be controlled, and believe what any program on this machine says about a proxy.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from dispatch import log
from dispatch.app import App, database_explained, from_environment, ready
from dispatch.domain.errors import DispatchError, RuleBroken
from dispatch.monitoring.pages import PageTimes, Places, emptied
from dispatch.people.settings import OFF
from dispatch.web.site import application

HOW: Final = {
    "worker_class": "gthread",
    "workers": 2,
    "threads": 8,
    "timeout": 60,
    "graceful_timeout": 25,
    "max_requests": 5000,  # what a library leaks does not grow for months
    "max_requests_jitter": 500,
    "preload_app": False,  # a connection to the database must not be opened before the fork
    "control_socket_disable": True,
    "forwarded_allow_ips": "",  # `site` reads what proxies say, if the settings name any
    "secure_scheme_headers": {},
    "forwarder_headers": "",
    "accesslog": None,
    "umask": 0o117,  # of a socket: for the proxy, in our group
}


class Log(Logger):
    """Has gunicorn log as everything else does. It names no address that was asked for."""

    def setup(self, cfg: object) -> None:  # noqa: ARG002 - as gunicorn calls it
        """Leave each line to the service's own log; only what is an error is one."""
        self.error_log.setLevel("ERROR")
        self.error_log.propagate = True

    def exception(self, msg: object, *args: object, **kwargs: Any) -> None:  # noqa: ANN401 - as gunicorn calls it
        """Log an error without what follows the `?` of an address: people's names may be there."""
        self.error_log.error(msg, *(_path_of(each) for each in args), exc_info=True, **kwargs)


def _path_of(word: object) -> object:
    return word.partition("?")[0] if isinstance(word, str) else word


class Server(BaseApplication):
    """Gunicorn with our settings, and no others."""

    def __init__(self, app: App) -> None:
        self._settings = app.settings
        self._places = Places()
        self._place = 0
        """Where the process that starts next counts how long its pages take."""
        super().__init__()

    def load_config(self) -> None:
        """Set how the pages are served."""
        place, address = self._settings.web_listen, self._settings.address
        bind = f"unix:{place}" if place.startswith("/") else place
        for name, value in {**HOW, "bind": bind, "logger_class": Log}.items():
            self.cfg.set(name, value)
        self.cfg.set("pre_fork", self._begin_process)
        self.cfg.set("child_exit", self._end_process)
        self.cfg.set("when_ready", lambda _: say(f"The pages are at {address or place}"))

    def _begin_process(self, _: object, worker: Any) -> None:  # noqa: ANN401 - gunicorn's worker
        self._place = worker.place = self._places.take()

    def _end_process(self, _: object, worker: Any) -> None:  # noqa: ANN401 - gunicorn's worker
        self._places.leave(worker.place)

    def load(self) -> Any:  # noqa: ANN401 - a WSGI application, as gunicorn calls it
        """Return the pages, in each process anew."""
        log.begin(self._settings.log_format, self._settings.log_level)
        return application(PageTimes(self._settings.page_times, self._place))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Serve; print our own errors as one line. Return the exit code."""
    try:
        with database_explained():
            app = ready(from_environment())
        if not app.settings.has_pages:
            raise RuleBroken(f"DISPATCH_WEB_LISTEN is {OFF}: name where the pages listen")
    except DispatchError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    app.sessions.dispose()
    log.begin(app.settings.log_format, app.settings.log_level)
    emptied(app.settings.page_times)
    Server(app).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
