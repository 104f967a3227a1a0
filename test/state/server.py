#!/usr/bin/env python3
"""Compare the state that a server keeps with the reference model on random histories.

    server.py MODEL [HISTORIES [SEED]]

MODEL is the path to model.py, as for differential.py, whose histories these are.
The server is found by the PG* variables; needs a database in which extension
bounce is, and leaves nothing in it.

Each history is that of one address, and each address is held by a contact of two
tables, of which one has a policy of its own.  The events come in batches that mix
many addresses, by bounce_record() and by the triggers for sends and for opens; in
between addresses are moved away and back.
What is compared with the model: the columns of both contact tables, and
bounce_fold() in parallel workers, over the events in no order.
"""
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from differential import load_model, random_history     # noqa: E402

POLICY = dict(confirm_after=2, instant=False, soft_limit=3,
              soft_limit_engaged=5, soft_min_days=5, grace_days=0,
              reopen=True)
SET_UP = """
CREATE TABLE contact (email text PRIMARY KEY);
CREATE TABLE lead (email text PRIMARY KEY);
CREATE TABLE send (email text, campaign text, at timestamptz);
CREATE TABLE life (email text, campaign text, at timestamptz, sent_at timestamptz);
CREATE TRIGGER bounce AFTER INSERT ON send REFERENCING NEW TABLE AS new
    FOR EACH STATEMENT EXECUTE FUNCTION bounce_sent('email', 'campaign', 'at');
CREATE TRIGGER bounce AFTER INSERT ON life REFERENCING NEW TABLE AS new
    FOR EACH STATEMENT EXECUTE FUNCTION bounce_opened('email', 'campaign', 'at', 'open', 'sent_at');
CREATE TABLE fact (batch int, way text, address text, kind text, at float8, sent float8,
    campaign text, reason bounce_reason);
CREATE FUNCTION day(d float8) RETURNS timestamptz IMMUTABLE
    RETURN timestamptz '2000-01-01 00:00 UTC' + d * interval '24 hours';
INSERT INTO bounce_policy VALUES ('other', {confirm_after}, {instant}, {soft_limit},
    {soft_limit_engaged}, {soft_min_days}, {grace_days}, {reopen});
SELECT bounce_attach('contact'), bounce_attach('lead', policy => 'other');
""".format(**POLICY)
CLEAN_UP = """
DROP TABLE contact, lead, send, life, fact;
DROP FUNCTION day;
TRUNCATE bounce_event;
DELETE FROM bounce_policy WHERE policy = 'other';
"""
SHOWN = 'bounce_state, bounce_hard_run, bounce_fail_run'
BATCH = """
SELECT count(bounce_record(address, kind, day(at), campaign, day(sent), reason => reason))
    FROM fact WHERE batch = {0} AND way = 'record';
INSERT INTO send SELECT address, campaign, day(at) FROM fact WHERE batch = {0} AND way = 'send';
INSERT INTO life SELECT address, campaign, day(at), day(sent) FROM fact WHERE batch = {0} AND way = 'life';
"""


def psql(text):
    """Answers, unaligned; an error ends the test."""
    done = subprocess.run(['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'],
                          input=text, stdout=subprocess.PIPE, encoding='utf-8')
    if done.returncode != 0:
        sys.exit('psql failed')
    return done.stdout.splitlines()


def column(value):
    """A value for COPY."""
    if value is None:
        return r'\N'
    return str(value).replace('\\', '\\\\')


def row_of(r, batch, address, event):
    """How an event is told to the server: a row of table fact."""
    kind, reason, way = event['kind'], None, 'record'
    if kind == 'hard':
        kind, reason = 'bounce', 'user_unknown' if event['instant'] else 'bad_address'
    elif kind == 'soft':
        kind, reason = 'bounce', event['reason'] or 'mailbox_full'
    elif kind == 'block':
        kind, reason = 'bounce', r.choice(['spam_block', 'policy'])
    elif kind == 'neutral':
        kind = 'notice'
    elif kind == 'sent' and event['sent'] == event['at']:
        way = r.choice(['record', 'send'])
    elif kind == 'open' and event['sent'] <= event['at']:
        way = r.choice(['record', 'life'])
    return '\t'.join(map(column, (batch, way, address, kind, repr(float(event['at'])),
                                  repr(float(event['sent'])), event['campaign'], reason)))


def model_line(model, events, over):
    s = model.fold(events, **over)
    return '%s|%d|%d' % (s.label, s.hard_run, s.fail_run)


def differences(what, model, histories, over, got):
    """How many are not as the model has them; shows the first."""
    bad = 0
    got = dict(line.split('|', 1) for line in got)
    for address, events in histories.items():
        want = model_line(model, events, over)
        if got.get(address, 'active|0|0') != want:
            if bad == 0:
                print('%s: %s: model %s, server %s\n%s'
                      % (what, address, want, got.get(address), events))
            bad += 1
    print('%s: %d histories, %d differ' % (what, len(histories), bad))
    return bad


def compare(model, n, seed):
    r = random.Random(seed)
    histories = {'a%d@example.com' % i: random_history(r) for i in range(n)}
    told = [(address, event) for address, events in histories.items() for event in events]
    r.shuffle(told)
    rows, batch, left = [], 0, 0
    for address, event in told:
        if left == 0:
            batch, left = batch + 1, r.choice([1, 2, 10, 100, 1000])
        left -= 1
        rows.append(row_of(r, batch, address, event))

    steps = [SET_UP, 'COPY fact FROM STDIN;', *rows, r'\.', 'ANALYZE fact;',
             'CREATE INDEX ON fact (batch);']
    late = batch // 2           # the last contacts come when half is known
    early = r.sample(sorted(histories), n // 2)
    insert = "INSERT INTO %s SELECT DISTINCT address FROM fact ON CONFLICT DO NOTHING;"
    steps += ["INSERT INTO %s VALUES %s;" % (table, ', '.join("('%s')" % a for a in early))
              for table in ('contact', 'lead')]
    for i in range(1, batch + 1):
        steps.append(BATCH.format(i))
        if i == late:
            steps += [insert % table for table in ('contact', 'lead')]
        if i % 50 == 0:
            steps.append("UPDATE contact SET email = 'x' || email WHERE random() < 0.05;")
            steps.append("UPDATE contact SET email = substr(email, 2) WHERE email LIKE 'x%';")
    steps.append(insert % 'contact' + insert % 'lead')
    psql('\n'.join(['\\o /dev/null', *steps]) + '\n')

    bad = 0
    for table, over in (('contact', {}), ('lead', POLICY)):
        bad += differences('table %s' % table, model, histories, over, psql(
            'SELECT email, %s FROM %s;' % (SHOWN, table)))
        bad += len(psql("SELECT * FROM bounce_audit('%s');" % table))
    bad += differences('parallel fold', model, histories, {}, psql("""
        SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
        SET min_parallel_table_scan_size = 0; SET enable_indexscan = off;
        SET max_parallel_workers_per_gather = 4; SET enable_bitmapscan = off;
        SELECT address, (s).state, (s).hard_run, (s).fail_run FROM (
            SELECT address, bounce_fold(kind, class, reason, instant, campaign, sent_at, at) AS s
            FROM bounce_event WHERE void_id IS NULL GROUP BY address) f;"""))
    psql(CLEAN_UP)
    return bad


def main(arguments):
    if not arguments or not os.path.exists(arguments[0]):
        print('skipped: the reference model (%s) is not here'
              % (arguments[0] if arguments else 'no path given'))
        return 0
    return 1 if compare(load_model(arguments[0]),
                        int(arguments[1]) if len(arguments) > 1 else 2000,
                        int(arguments[2]) if len(arguments) > 2 else 1) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
