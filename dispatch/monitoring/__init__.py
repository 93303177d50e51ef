"""Numbers for those who watch over the service, in the form that Prometheus reads.

catalogue   what is measured: each metric with its meaning and its labels, once
measures    measure all of it now
exposition  the measures as text
pages       how long pages take, counted by the processes that serve them
store       SQL for what no page shows
"""
