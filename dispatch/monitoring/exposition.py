"""The measures as text, as Prometheus reads it from a page or from a file.

The numbers are those of the database at this moment, whichever process or machine writes them: no
counter of a process is lost with it, or counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeHistogramMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from dispatch.app import App
from dispatch.monitoring.catalogue import GAUGES, HISTOGRAM
from dispatch.monitoring.measures import BUCKETS, Distribution, Measures, Sample, measure

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4


class _Measured(Collector):
    """Gives Prometheus's library what was measured."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Family]:
        """Yield each metric with its samples."""
        yield from families(self._measures.samples)
        yield _histogram(self._measures.accepting)


def text(app: App, *others: Collector) -> str:
    """Measure everything, and return it as text with what others have collected."""
    registry = CollectorRegistry()
    for each in (_Measured(measure(app)), *others):
        registry.register(each)
    return generate_latest(registry).decode()


def families(samples: Iterable[Sample]) -> Iterator[Family]:
    """Yield the metrics that have samples, in the order of the catalogue."""
    by_name: dict[str, list[Sample]] = {each.name: [] for each in GAUGES}
    for sample in samples:
        by_name[sample.name].append(sample)
    for metric in GAUGES:
        family = GaugeMetricFamily(metric.full_name, metric.says, labels=metric.labels)
        for sample in by_name[metric.name]:
            family.add_metric(sample.labels, float(sample.value))
        if by_name[metric.name]:
            yield family


def _histogram(found: Distribution) -> Family:
    bounds = (*map(str, BUCKETS), "+Inf")
    return GaugeHistogramMetricFamily(
        HISTOGRAM.full_name,
        HISTOGRAM.says,
        buckets=list(zip(bounds, map(float, found.counts), strict=True)),
        gsum_value=found.seconds,
    )
