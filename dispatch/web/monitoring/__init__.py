"""For those who watch over the service.

health          whether the pages are up, and whether they can be used
metrics         numbers, as Prometheus reads them
answered        what is logged and counted of each request
"""
