-- A letter that was sent by the first version: rows of 0001, put in before the upgrade.
INSERT INTO authority (code, name, official_name, kind, successors)
VALUES ('OXO', 'Oxford', 'Oxford City Council', 'council', '[]');
INSERT INTO mailout (id, name, state, plan, plan_digest, created_at, created_by)
VALUES ('00000000000000000000000000000001', 'last-year', 'sent', 'null', '',
        '2020-07-22 08:00:00', 'sam');
INSERT INTO letter (id, mailout_id, authority_code, version, state, draft, fingerprint, parts,
                    asked_by, attempts)
VALUES ('00000000000000000000000000000002', '00000000000000000000000000000001', 'OXO', 1,
        'rendered', 'null', '', '{}', 'sam', 1);
INSERT INTO delivery (id, mailout_id, letter_id, authority_code, kind, role, address, address_key,
                      name, state, created_at, due_at, not_after, state_at, attempts, token,
                      last_reply)
VALUES ('00000000000000000000000000000003', '00000000000000000000000000000001',
        '00000000000000000000000000000002', 'OXO', 'to', 'chief executive', 'a@b.example',
        'a@b.example', 'A', 'accepted', '2020-07-22 08:00:00', '2020-07-22 08:00:00',
        '2020-07-28 16:00:00', '2020-07-22 08:00:00', 1, 1, '250 2.0.0 queued');
INSERT INTO attempt (id, delivery_id, number, envid, server, started_at, verdict, code, text)
VALUES ('00000000000000000000000000000004', '00000000000000000000000000000003', 1,
        'an-older-envid', 'mail', '2020-07-22 08:00:00', 'accepted', 250, '2.0.0 queued');
