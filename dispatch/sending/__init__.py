"""Sending: from the release of a mailout to the last attempt at each delivery.

release        on its date an approved mailout becomes queued deliveries; schedule, pause, cancel
holding        what pausing, resuming or cancelling would do now
first_letters  one letter to each receiving system first, then the others
send           claim due deliveries, offer each to the mail server once, record the answer
own_tests      one letter to a colleague, by the real path
approved       look whether what is about to leave was approved, and queued by a process of ours
copies         hold back what an address has from another mailout
recorder       record the results of concurrent conversations in one transaction, or spool them
servers        record how the mail server does, and let it rest while it cannot be reached
stops          pause a mailout at a reply about ourselves
sweep          what the clock does: expired leases, deliveries out of time, mailouts that are done
sent_copies    put a copy of each accepted letter into the Sent folder
doubts         settle deliveries in doubt: by a server's log, or on a person's word
connections    hold connections to the mail server, where all workers may have only a few
exchangers     look up the mail exchangers of recipient domains, for the rates
store/         the statements: claims, attempts, deliveries, rates and others
"""
