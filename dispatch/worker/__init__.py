"""The workers and the clock, run by Celery. Messages only wake workers.

__main__      Celery's command line for our app
celery        the Celery app and its tasks: the functions below, with the means of their process
tasks         what the clock does every second, and what workers do about letters and messages
ledger_tasks  sealing, checkpoints and their witnesses
jobs          what pages ask for that takes too long for a page
means         what tasks are given: the app, a way to wake workers, batch sizes
config        Celery's settings
trouble       log trouble that lasts: once as it begins, once an hour, once as it ends
clock         a scheduler that runs its tasks itself and needs no broker
consumer      a consumer that survives the loss of the broker, and hears wake-ups alone
wakeups       the transport that makes a wake-up of whatever lies in a queue
"""
