"""What somebody who may write to the database might do, and in which words it must be found.

Words in capitals stand for what a test fills in; statements end with a semicolon.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Tampering(NamedTuple):
    what: str
    done: str
    named: str


OF_OXO = "the chief executive of OXO in annual-review-2020"

TAMPERINGS: Final = (
    Tampering(
        "an event's time is edited",
        "UPDATE event SET at = '2020-07-21 10:00:00' WHERE id = ACCEPTED",
        r"event \d+ \(delivery\.accepted of delivery:\S+, 21 July 2020 .*\) was changed after seal",
    ),
    Tampering(
        "an event's actor is edited",
        "UPDATE event SET actor = 'mallory' WHERE action = 'mailout.approved'",
        r"event \d+ \(mailout\.approved of mailout:annual-review-2020, .*\) was changed after seal",
    ),
    Tampering(
        "an event's detail is edited",
        "UPDATE event SET detail = '{}' WHERE id = ACCEPTED",
        r"event \d+ \(delivery\.accepted of delivery:.*\) was changed after seal",
    ),
    Tampering(
        "an event is edited together with its hash",
        "UPDATE event SET actor = 'x', hash = 'ZEROS' WHERE id = ACCEPTED",
        r"event \d+ \(delivery\.accepted .* was changed after seal",
    ),
    Tampering(
        "an event is deleted",
        "DELETE FROM event WHERE id = ACCEPTED",
        r"an event was deleted from seal \d+ of 22 July 2020 .*: entry \d+ is gone",
    ),
    Tampering(
        "the number of an event is edited",
        "UPDATE event SET id = 9999 WHERE id = ACCEPTED",
        r"event 9999 \(delivery\.accepted .*\) was changed after seal",
    ),
    Tampering(
        "an event is put in where another was",
        "UPDATE event SET place = NULL WHERE id = ACCEPTED;"
        "INSERT INTO event (at, actor, action, subject, detail, place, hash) "
        "VALUES ('2020-07-22 08:00:00', 'sam', 'mailout.sent', 'mailout:x', '{}', GAP, 'ZEROS')",
        r"event \d+ \(mailout\.sent of mailout:x, .*\) was changed after seal",
    ),
    Tampering(
        "an event is copied",
        "INSERT INTO event (at, actor, action, subject, detail, mac) "
        "SELECT at, actor, action, subject, detail, mac FROM event WHERE id = ACCEPTED;"
        "SEAL",
        r"event \d+ .* is backdated|event \d+ and event \d+ have the same code",
    ),
    Tampering(
        "an event takes the code of another",
        "UPDATE event SET mac = (SELECT mac FROM event WHERE action = 'mailout.approved') "
        "WHERE id = ACCEPTED",
        r"event \d+ \(delivery\.acc.*\) was not written by this service: its code is",
    ),
    Tampering(
        "an event is hidden before the first place",
        "INSERT INTO event (at, actor, action, subject, detail, place) "
        "VALUES ('2020-07-22 08:00:00', 'sam', 'mailout.sent', 'mailout:x', '{}', -1)",
        r"something has place -1 of the ledger, which ends at \d+",
    ),
    Tampering(
        "an event is put in whose number is below all others",
        "INSERT INTO event (id, at, actor, action, subject, detail) "
        "VALUES (-7, '2020-07-22 08:00:00', 'sam', 'mailout.sent', 'mailout:x', '[[1]]');"
        "SEAL",
        r"event -7 \(mailout\.sent of mailout:x, .*\) was not written by this service",
    ),
    Tampering(
        "an event is put in where an imprint is",
        "INSERT INTO event (at, actor, action, subject, detail, place, hash) "
        "VALUES ('2020-07-22 08:00:00', 'sam', 'mailout.sent', 'mailout:x', '{}', FREE, 'ZEROS')",
        r"event \d+ \(mailout\.sent of mailout:x, .*\) was inserted into seal",
    ),
    Tampering(
        "an event claims a place behind the end",
        "INSERT INTO event (at, actor, action, subject, detail, place, hash) "
        "VALUES ('2020-07-22 08:00:00', 'sam', 'mailout.sent', 'mailout:x', '{}', 9999, 'ZEROS')",
        "something has place 9999 of the ledger, which ends at",
    ),
    Tampering(
        "an event is added that claims to be old",
        "INSERT INTO event (at, actor, action, subject, detail) "
        "VALUES ('2020-07-20 10:00:00', 'sam', 'mailout.noted', 'mailout:x', '{}');"
        "SEAL",
        r"event \d+ \(mailout\.noted of \S+, 20 July 2020 .*\) was not written by this service",
    ),
    Tampering(
        "an event is added that claims to be yet to come",
        "INSERT INTO event (at, actor, action, subject, detail) "
        "VALUES ('2021-07-20 10:00:00', 'sam', 'mailout.noted', 'mailout:x', '{}');"
        "SEAL",
        r"event \d+ \(mailout\.noted of \S+, 20 July 2021 .*\) was not written by this service",
    ),
    Tampering(
        "two events change places",
        "UPDATE event SET place = -1 WHERE place = 1;"
        "UPDATE event SET place = 1 WHERE place = 2;"
        "UPDATE event SET place = 2 WHERE place = -1",
        r"event \d+ \(.*\) was moved behind event \d+ in seal 1 of",
    ),
    Tampering(
        "the hash of an event cannot be read",
        "UPDATE event SET hash = 'nothing' WHERE id = ACCEPTED",
        r"event \d+ \(delivery\.accepted .* was changed after seal",
    ),
    Tampering(
        "a seal's time is edited",
        "UPDATE seal SET sealed_at = '2020-07-21 10:00:00' WHERE number = 2",
        "seal 2 of 21 July 2020 .* was changed",
    ),
    Tampering(
        "a seal is edited together with its hash",
        "UPDATE seal SET sealed_at = '2020-07-22 08:00:01', hash = 'REHASHED' WHERE number = 2",
        "seal 2 of 22 July 2020 .* does not hold: its time, an imprint, or an event",
    ),
    Tampering(
        "the edge of a seal is edited",
        "UPDATE seal SET edge = '[]' WHERE number = 2",
        "seal 2 of 22 July 2020 .* does not hold",
    ),
    Tampering("a seal is deleted", "DELETE FROM seal WHERE number = 2", "seal 2 is gone"),
    Tampering("the first is deleted", "DELETE FROM seal WHERE number = 0", "seal 0 is gone"),
    Tampering(
        "an imprint is edited",
        "UPDATE imprint SET digest = 'ZEROS' WHERE record LIKE 'attempt%'",
        r"seal \d+ of 22 July 2020 .* does not hold: its time, an imprint",
    ),
    Tampering(
        "the salt of an event is edited",
        "UPDATE event SET salt = 'ZEROS' WHERE id = OF_DELIVERY",
        r"event \d+ \(delivery\.queued of delivery:\S+, .*\) was changed after seal",
    ),
    Tampering(
        "the salt of an event is taken away",
        "UPDATE event SET salt = NULL WHERE id = OF_DELIVERY",
        r"event \d+ \(delivery\.queued of delivery:\S+, .*\) was changed after seal",
    ),
    Tampering(
        "the salt of an imprint is edited",
        "UPDATE imprint SET salt = 'ZEROS' WHERE record LIKE 'attempt%'",
        r"attempt 1 of delivery .* was changed after seal",
    ),
    Tampering(
        "a record is said to have lost its people",
        "UPDATE imprint SET people = 'ZEROS', salt = NULL WHERE record LIKE 'delivery%'",
        r"delivery .* was changed after seal",
    ),
    Tampering(
        "an imprint is deleted",
        "DELETE FROM imprint WHERE record LIKE 'attempt%'",
        r"an imprint of seal \d+ of 22 July 2020 .* was deleted, or one was inserted",
    ),
    Tampering(
        "the reply to an attempt is edited",
        "UPDATE attempt SET text = '2.0.0 read by all' WHERE delivery_id = DELIVERY",
        f"attempt 1 of delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "the reply is edited and something happens to the delivery later",
        "UPDATE attempt SET text = '2.0.0 read by all' WHERE delivery_id = DELIVERY;"
        "INSERT INTO event (at, actor, action, subject, detail) "
        "SELECT '2020-07-23 08:01:00', 'worker', 'delivery.noticed', subject, '{}' "
        "FROM event WHERE id = OF_DELIVERY;"
        "SEAL",
        f"attempt 1 of delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "the time of an attempt is edited",
        "UPDATE attempt SET ended_at = '2020-07-21 10:00:00' WHERE delivery_id = DELIVERY",
        f"attempt 1 of delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "an attempt is deleted",
        "DELETE FROM attempt WHERE delivery_id = DELIVERY",
        "attempt .* was deleted after seal",
    ),
    Tampering(
        "a delivery's address is edited",
        "UPDATE delivery SET address = 'z@oxo.example' WHERE id = DELIVERY",
        f"delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "a delivery is said to be from somebody else",
        "UPDATE delivery SET sent_as = replace(sent_as, 'o.example', 'mayor.example')"
        " WHERE id = DELIVERY",
        f"delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "a delivery is made one of before, of which nothing says who it is from",
        "UPDATE delivery SET sent_as = NULL WHERE id = DELIVERY",
        f"delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "a delivery is made one of a rehearsal, as if nobody had been written to",
        "UPDATE delivery SET sent_as = replace(sent_as, 'production', 'rehearsal')"
        " WHERE id = DELIVERY",
        f"delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "the days on which letters leave are edited",
        "UPDATE mailout SET sending_days = 'working'",
        "annual-review-2020 .*is not in the ledger",
    ),
    Tampering(
        "it is said that first letters were waited for",
        "UPDATE mailout SET first_letters_minutes = 15",
        "annual-review-2020 .*is not in the ledger",
    ),
    Tampering(
        "a delivery's state is edited",
        "UPDATE delivery SET state = 'delivered' WHERE id = DELIVERY",
        f"delivery .* to {OF_OXO} is delivered, but the last event says accepted",
    ),
    Tampering(
        "a delivery is in no state that there is",
        "UPDATE delivery SET state = 'read' WHERE id = DELIVERY",
        f"delivery .* to {OF_OXO} is read, but the last event says accepted",
    ),
    Tampering(
        "a delivery is deleted",
        "DELETE FROM attempt WHERE delivery_id = DELIVERY;DELETE FROM delivery WHERE id = DELIVERY",
        "delivery .* of OXO was deleted after seal|attempt .* was deleted after seal",
    ),
    Tampering(
        "a delivery is put there",
        "INSERT INTO delivery (id, mailout_id, letter_id, authority_code, kind, role, address,"
        " address_key, name, state, created_at, due_at, not_after, state_at, attempts, token)"
        " SELECT 'ffffffffffffffffffffffffffffffff', mailout_id, letter_id, authority_code,"
        " kind, 'leader', 'l@oxo.example', 'l@oxo.example', name, state, created_at, due_at,"
        " not_after, state_at, attempts, token FROM delivery WHERE id = DELIVERY",
        "delivery ffffffff to the leader of OXO in annual-review-2020 is not in the ledger",
    ),
    Tampering(
        "a contact's address is edited",
        "UPDATE contact SET address = 'z@adu.example' WHERE id = CONTACT",
        "the chief executive of ADU from 2020-01-01 on was changed after seal",
    ),
    Tampering(
        "a contact is edited that a file brought",
        "UPDATE contact SET surname = 'Black' WHERE role = 'leader'",
        "the leader of ADU from 2020-07-23 on was changed after seal",
    ),
    Tampering(
        "a contact is said to have left before",
        "UPDATE contact SET valid_until = '2020-07-01' WHERE id = CONTACT",
        "the last day of the chief executive of ADU from 2020-01-01 on is not in the ledger",
    ),
    Tampering(
        "a contact is deleted",
        "DELETE FROM contact WHERE id = CONTACT",
        "the contact .* was deleted after seal",
    ),
    Tampering(
        "a figure is edited",
        "UPDATE figures SET counts = '{}' WHERE authority_code = 'OXO'",
        "the figures of OXO for 2019-20 was changed after seal",
    ),
    Tampering(
        "an authority's entry is edited",
        "UPDATE authority SET official_name = 'X' WHERE code = 'OXO'",
        "the entry of OXO was changed after seal",
    ),
    Tampering(
        "a letter's recipients are edited",
        "UPDATE letter SET draft = '{\"attachments\": []}' WHERE id = LETTER",
        "the letter of OXO in annual-review-2020 was changed after seal",
    ),
    Tampering(
        "a letter takes the parts of another",
        "UPDATE letter SET parts = (SELECT parts FROM letter WHERE id = OTHER) WHERE id = LETTER",
        "the letter of OXO in annual-review-2020 was changed after seal",
    ),
    Tampering(
        "a letter that was sent is hidden",
        "UPDATE letter SET state = 'void' WHERE id = LETTER",
        "the letter of OXO in annual-review-2020 is void, but the last event says rendered",
    ),
    Tampering(
        "a stored PDF is changed",
        "UPDATE document SET content = CONTENT WHERE sha256 = 'PDF'",
        "the pdf of the letter of OXO in annual-review-2020 is not what was made",
    ),
    Tampering(
        "two letters' PDFs change places",
        "UPDATE document SET sha256 = 'x' WHERE sha256 = 'PDF';"
        "UPDATE document SET sha256 = 'PDF' WHERE sha256 = 'PDF_OF_ADU';"
        "UPDATE document SET sha256 = 'PDF_OF_ADU' WHERE sha256 = 'x'",
        "the pdf of the letter of (OXO|ADU) in annual-review-2020 is not what was made",
    ),
    Tampering(
        "a stored PDF is deleted",
        "DELETE FROM document WHERE sha256 = 'PDF'",
        "the pdf of the letter of OXO in annual-review-2020 is gone",
    ),
    Tampering(
        "a document is put there under a wrong name",
        "INSERT INTO document (sha256, media_type, content) VALUES ('ZEROS', 'text/x', CONTENT)",
        "the stored document 00000000 was changed",
    ),
    Tampering(
        "who approved is edited",
        "UPDATE mailout SET approved_by = 'sam'",
        "the mailout annual-review-2020 was changed after seal",
    ),
    Tampering(
        "a mailout's state is edited",
        "UPDATE mailout SET state = 'uploaded'",
        "the mailout annual-review-2020 is uploaded, but the last event says releasing",
    ),
    Tampering(
        "a suppression is edited",
        "UPDATE suppression SET reason = 'hard bounce' WHERE lifted_at IS NULL",
        "the suppression .* was changed after seal",
    ),
    Tampering(
        "a suppression is lifted on nobody's word",
        "UPDATE suppression SET lifted_at = added_at, lifted_by = 'x' WHERE lifted_at IS NULL",
        "the lifting .* is not in the ledger",
    ),
    Tampering(
        "mail that came in is edited",
        "UPDATE incoming_mail SET content = CONTENT",
        "the incoming mail .* is not what came in: its bytes were changed",
    ),
    Tampering(
        "mail that came in is edited together with its digest",
        "UPDATE incoming_mail SET content = CONTENT, sha256 = 'ZEROS'",
        "the incoming mail .* was changed after seal",
    ),
    Tampering(
        "how mail came in is edited",
        "UPDATE arrival SET recipient = 'other@o.example'",
        "the arrival of the incoming mail .* was changed after seal",
    ),
    Tampering(
        "a file that came in is edited",
        "UPDATE source_file SET content = CONTENT",
        "the file contacts.csv of 2020-07-23 is not what came in",
    ),
    Tampering(
        "who brought a file in is edited",
        "UPDATE source_file SET imported_by = 'x'",
        "the file contacts.csv of 2020-07-23 was changed after seal",
    ),
    Tampering(
        "a delivery takes another's letter",
        "UPDATE delivery SET letter_id = OTHER WHERE id = DELIVERY",
        f"delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "a delivery is said to have waited less",
        "UPDATE delivery SET created_at = '2020-07-21 10:00:00' WHERE id = DELIVERY",
        f"delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "the imprints of two records change places",
        "UPDATE imprint SET record = 'x' WHERE record = (SELECT min(record) FROM imprint"
        " WHERE record LIKE 'attempt%');"
        "UPDATE imprint SET record = (SELECT min(record) FROM imprint WHERE record LIKE 'attempt%')"
        " WHERE record = 'x'",
        r"seal \d+ of 22 July 2020 .* does not hold: its time, an imprint",
    ),
    Tampering(
        "an event is told once more",
        "INSERT INTO event (at, actor, action, subject, detail, mac) "
        "SELECT at, actor, action, subject, detail, mac FROM event WHERE id = ACCEPTED;"
        "SEAL",
        r"event \d+ (and event \d+ have the same code|.* is backdated)",
    ),
    Tampering(
        "a refusal is made up in place of what a server said",
        "UPDATE attempt SET verdict = 'refused', code = 550 WHERE delivery_id = DELIVERY",
        f"attempt 1 of delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "the code of a reply is edited",
        "UPDATE attempt SET code = 251 WHERE delivery_id = DELIVERY",
        f"attempt 1 of delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "the server of an attempt is edited",
        "UPDATE attempt SET server = 'other.example', tls = NULL WHERE delivery_id = DELIVERY",
        f"attempt 1 of delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "a doubt is settled on nobody's word",
        "INSERT INTO event (at, actor, action, subject, detail) "
        "SELECT '2020-07-23 08:01:00', 'alex', 'delivery.settled', subject, "
        '\'{"as": "accepted"}\' FROM event WHERE id = OF_DELIVERY',
        r"event \d+ \(delivery\.settled of delivery:.* was not written by this service",
    ),
    Tampering(
        "a notice of delivery is made up",
        "UPDATE delivery SET state = 'delivered' WHERE id = DELIVERY;"
        "INSERT INTO event (at, actor, action, subject, detail) "
        "SELECT '2020-07-23 08:01:00', 'worker', 'delivery.delivered', subject, '{}' "
        "FROM event WHERE id = OF_DELIVERY",
        r"event \d+ \(delivery\.delivered of delivery:.* was not written by this service",
    ),
    Tampering(
        "the event of an import is hidden",
        "DELETE FROM event WHERE action = 'import.contacts'",
        r"an event was deleted from seal \d+ of 23 July 2020",
    ),
    Tampering(
        "the moment of an approval is edited",
        "UPDATE mailout SET approved_at = '2020-07-01 10:00:00'",
        "the mailout annual-review-2020 was changed after seal",
    ),
    Tampering(
        "the digest that was approved is edited",
        "UPDATE mailout SET approved_digest = 'ZEROS'",
        "the mailout annual-review-2020 was changed after seal",
    ),
    Tampering(
        "personal data is deleted without a purge",
        "UPDATE delivery SET name = '' WHERE id = DELIVERY",
        f"delivery .* to {OF_OXO} was changed after seal",
    ),
    Tampering(
        "a purge is made up",
        "INSERT INTO event (at, actor, action, subject, detail) "
        "SELECT '2020-07-23 08:01:00', 'clock', 'delivery.purged', subject, '{}' "
        "FROM event WHERE id = OF_DELIVERY",
        r"event \d+ \(delivery\.purged of delivery:.* was not written by this service",
    ),
    Tampering(
        "a seal is said to have no entry of its own",
        "UPDATE seal SET is_in_tree = false WHERE number = 2",
        "seal 2 of 22 July 2020 .* was changed",
    ),
    Tampering(
        "a seal is said to have left nothing behind",
        "UPDATE seal SET is_caught_up = NOT is_caught_up WHERE number = 2",
        "seal 2 of 22 July 2020 .* was changed",
    ),
    Tampering(
        "a suppression is deleted",
        "DELETE FROM suppression WHERE lifted_at IS NULL",
        "the suppression .* was deleted after seal",
    ),
    Tampering(
        "mail that came in is said to have come later",
        "UPDATE incoming_mail SET received_at = '2020-08-01 10:00:00'",
        "the incoming mail .* was changed after seal",
    ),
    Tampering(
        "a figure is said to be another year's",
        "UPDATE figures SET year = '2018-19' WHERE authority_code = 'OXO'",
        "the figures of OXO for 2018-19 was changed after seal",
    ),
)

IMPOSSIBLE: Final = {
    "the end is cut off, and all that it wrote is taken back": (
        "what is left is a ledger as it was; only a checkpoint outside shows that it went on"
    ),
    "an older copy of the database is put in its place": "the same: it is a ledger as it was",
    "all of it is sealed anew by who has the key of events as well": (
        "it is then the service itself that wrote it; only a checkpoint outside shows the other"
    ),
    "an event that is not sealed yet is deleted with all that it wrote": (
        "nothing has its digest for up to a second, or for as long as the clock is stopped"
    ),
    "working data is edited: leases, due times, tokens, heartbeats, rates": (
        "it changes every second, so no seal covers it; it moves when a letter goes, never which"
    ),
}
"""What is not found in the database alone, and why."""
