"""`dispatch metrics`: numbers about the service, as Prometheus reads them."""

from __future__ import annotations

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.monitoring import exposition


@click.command()
@click.pass_obj
def metrics(app: App) -> None:
    """Print numbers about the service, as Prometheus reads them.

    For the textfile collector of node_exporter, say; the pages give the same at /metrics.
    """
    show.data(exposition.text(ready(app)).rstrip())
