#!/usr/bin/env python3
"""Compare the state that a server keeps with the reference model on random histories.

    server.py MODEL [HISTORIES [SEED]]

MODEL is the path to model.py, as for differential.py, whose histories these are.
The server is found by the PG* variables; needs a database in which extension
bounce is, and leaves nothing in it, unless a statement fails.  Any number of histories
will do: they go in chunks of 1000, with the seeds SEED, SEED + 1 and so on, by which one
can be repeated.  Two tests can run beside each other in two databases (PGDATABASE), with
seeds that lie apart.

Each history is that of one address, and each address is held by contacts of two
tables, of which one has a policy of its own.  The events come as told.py says, and in
between some are made void and count again, as decided.py says; addresses are moved
away and back; a policy is changed.

What is compared: the log, with what is void by which decision; whose events each
decision changes; the columns of both contact tables with the model, and bounce_fold()
in parallel workers.  Besides,

- what bounce_void() and bounce_unvoid() say beforehand is what they do,
- to make void what counts, and take that back, changes nothing,
- events of some addresses change no row that holds another,
- no row is written that stays as it is,
- the same event told again changes nothing,
- at any time bounce_refold() finds nothing to change, and to attach a table anew
  gives what had been kept up event by event.
"""
import os
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from decided import Decision, random_conditions, random_decision     # noqa: E402
from differential import last_bounce, load_model, micros             # noqa: E402
from told import (DOMAINS, LIFE, REASONS, Batch, batches,            # noqa: E402
                  log_kind, other_spelling, random_histories)

CHUNK = 1000
DECISIONS = 20
SET_UP = """
ALTER SEQUENCE bounce_event_id_seq RESTART;
ALTER SEQUENCE bounce_void_decision_id_seq RESTART;
CREATE TABLE contact (email text PRIMARY KEY);
CREATE TABLE lead (email text PRIMARY KEY);
CREATE TABLE sent (email text, campaign text, at timestamptz);
CREATE TABLE mail (received_at timestamptz, raw bytea);
CREATE TRIGGER bounce AFTER INSERT ON sent REFERENCING NEW TABLE AS new
    FOR EACH STATEMENT EXECUTE FUNCTION bounce_sent('email', 'campaign', 'at');
CREATE TRIGGER bounce AFTER INSERT ON mail REFERENCING NEW TABLE AS new
    FOR EACH STATEMENT EXECUTE FUNCTION bounce_inbound('raw', 'received_at');
CREATE TABLE person (address text, email text, contact_at int, lead_at int);
CREATE TABLE fact (batch int, n int, way text, address text, email text, kind text, at float8,
    sent float8, campaign text, reason bounce_reason, diagnostic text);
CREATE TABLE letter (batch int, n int, received float8, raw text);
CREATE TABLE effect (decision int, dry boolean, e bounce_void_effect);
CREATE TABLE finding (n int GENERATED ALWAYS AS IDENTITY, what text);
CREATE FUNCTION day(d float8) RETURNS timestamptz IMMUTABLE PARALLEL SAFE
    RETURN timestamptz '2000-01-01 00:00 UTC' + d * interval '24 hours';
CREATE FUNCTION micros(t timestamptz) RETURNS bigint IMMUTABLE PARALLEL SAFE
    RETURN extract(epoch FROM t - day(0)) * 1000000;
INSERT INTO bounce_policy (policy) VALUES ('other');
SELECT bounce_attach('contact'), bounce_attach('lead', policy => 'other');
CREATE FUNCTION written_for_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO finding (what) VALUES (TG_TABLE_NAME || ': written for nothing: ' || NEW.email);
    RETURN NULL;
END
$$;
CREATE TRIGGER stays AFTER UPDATE ON contact FOR EACH ROW WHEN (OLD.* IS NOT DISTINCT FROM NEW.*)
    EXECUTE FUNCTION written_for_nothing();
CREATE TRIGGER stays AFTER UPDATE ON lead FOR EACH ROW WHEN (OLD.* IS NOT DISTINCT FROM NEW.*)
    EXECUTE FUNCTION written_for_nothing();
"""
LIFE_TABLE = """CREATE TABLE {0} (email text, campaign text, at timestamptz, sent_at timestamptz);
CREATE TRIGGER bounce AFTER INSERT ON {0} REFERENCING NEW TABLE AS new
    FOR EACH STATEMENT EXECUTE FUNCTION bounce_opened('email', 'campaign', 'at', '{0}', 'sent_at');
"""
CLEAN_UP = """
DROP TABLE contact, lead, sent, open, click, reply, mail, person, fact, letter, effect, finding,
    fresh, before;
DROP FUNCTION day, micros, written_for_nothing;
TRUNCATE bounce_event, bounce_void_decision, bounce_unrecognised;
DELETE FROM bounce_policy WHERE policy = 'other';
"""
TELL = {
    'record': """SELECT count(bounce_record(email, kind, day(at), campaign, day(sent),
        reason => reason, diagnostic => diagnostic))
        FROM (SELECT * FROM fact WHERE batch = {0} AND way = 'record' ORDER BY n) f;""",
    'sent': """INSERT INTO sent SELECT email, campaign, day(at)
        FROM fact WHERE batch = {0} AND way = 'sent' ORDER BY n;""",
    'mail': """INSERT INTO mail SELECT day(received), convert_to(raw, 'UTF8')
        FROM letter WHERE batch = {0} ORDER BY n;""",
    **{kind: "INSERT INTO %s SELECT email, campaign, day(at), day(sent) "
             "FROM fact WHERE batch = {0} AND way = '%s' ORDER BY n;" % (kind, kind)
       for kind in LIFE}
}
# Which rows have been written since, apart from those of some addresses?
SINCE = 'SELECT pg_current_xact_id() AS since \\gset'
OTHERS = """INSERT INTO finding (what)
    SELECT '{what}: {table}: changed for an event of another: ' || email FROM {table}
    WHERE age(xmin) < age(:'since'::xid) AND bounce_address(email) NOT IN (SELECT address FROM {of});"""
REFOLD = """INSERT INTO finding (what) SELECT '{0}: bounce_refold changes ' || n
    FROM (SELECT bounce_refold('contact') + bounce_refold('lead') AS n) r WHERE n <> 0;"""
SAY = """INSERT INTO effect SELECT {0}, {1}, e FROM {2} e;
INSERT INTO finding (what) SELECT 'decision {0}: not as it is said: ' || (f.e).address
    FROM effect f JOIN contact c ON bounce_address(c.email) = (f.e).address
    WHERE f.decision = {0} AND f.dry = {1} AND (c.bounce_state, c.bounce_reason)
    IS DISTINCT FROM ((f.e).state_{3}, (f.e).reason_{3});"""
# The rows of two queries are the same.
SAME = """INSERT INTO finding (what) SELECT '{what}: ' || d::text FROM (
    (({a}) EXCEPT ALL ({b})) UNION ALL (({b}) EXCEPT ALL ({a}))) d;"""
BOTH = "SELECT 'contact', * FROM contact UNION ALL SELECT 'lead', * FROM lead"
LOG = """COPY (SELECT id, address, kind, micros(at), micros(sent_at), campaign, reason, diagnostic,
    void_id FROM bounce_event ORDER BY id) TO STDOUT;"""
EFFECTS = 'SELECT decision, (e).address, (e).changed FROM effect WHERE NOT dry;'
SHOWN = 'bounce_state, bounce_hard_run, bounce_fail_run, bounce_reason, micros(bounce_at)'
FOLD = """SELECT address, (s).state, (s).hard_run, (s).fail_run, (s).reason,
        micros((s).last_bounce_at)
    FROM (SELECT address, bounce_fold(kind, class, reason, instant, campaign, sent_at, at) AS s
    FROM bounce_event WHERE void_id IS NULL GROUP BY address) f;"""
IN_PARALLEL = """SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
    SET min_parallel_table_scan_size = 0; SET enable_indexscan = off;
    SET max_parallel_workers_per_gather = 4;"""


def column(value):
    """A value for COPY, and as COPY writes it."""
    if value is None:
        return r'\N'
    return (str(value).replace('\\', '\\\\').replace('\n', '\\n').replace('\t', '\\t')
            .replace('\r', '\\r'))


def row(*values):
    return '\t'.join(map(column, values))


def random_policy(r):
    return dict(confirm_after=r.choice([1, 2, 2, 3, 4]), instant=r.random() < .4,
                soft_limit=r.choice([1, 2, 3, 5]), soft_limit_engaged=r.choice([2, 4, 5, 8]),
                soft_min_days=r.choice([0, 5, 5, 30]), grace_days=r.choice([0, 0, 3]),
                reopen=r.random() < .6)


class Chunk:
    """Some histories, the script that tells them, and what has to come of it."""

    def __init__(self, n, seed):
        r = random.Random(seed)
        self.n, self.seed = n, seed
        self.policy = random_policy(r)
        self.histories, told = random_histories(r, n)
        self.batches = list(batches(r, told))
        self.events = [e for batch in self.batches for e in batch.events]
        for event in self.events:
            event['void_id'] = event['window_id'] = None
        self.decisions, self.told_at = [], []
        self.effects = set()
        self.script = ['\\o /dev/null', 'SET client_min_messages = warning;', SET_UP,
                       *(LIFE_TABLE.format(kind) for kind in LIFE)]
        self.write_contacts(r)
        self.write_batches(r)
        self.tell_again(r)
        self.take_back(r)
        self.ask(r)

    def add(self, text, *arguments, **named):
        self.script.append(text.format(*arguments, **named))

    def copy(self, table, rows):
        self.script += ['COPY %s FROM STDIN;' % table, *rows, r'\.']

    def write_contacts(self, r):
        """Contacts come before the first events, when half is told, or after all."""
        self.times = [-1, len(self.batches) // 2, len(self.batches)]
        self.copy('person', (row(a, spelling, r.choice(self.times), r.choice(self.times))
                             for a in self.histories for spelling in (a, other_spelling(a))))

    def come(self, number):
        for table in 'contact', 'lead':
            self.add('INSERT INTO {0} SELECT email FROM person WHERE {0}_at = {1};', table, number)

    def write_batches(self, r):
        for batch in self.batches:
            self.write_facts(r, batch)
        self.script += ['CREATE INDEX ON fact (batch);', 'CREATE INDEX ON letter (batch);',
                        'ANALYZE fact, letter;']
        deciding = [r.randrange(len(self.batches)) for _ in range(DECISIONS)]
        refolding = [r.randrange(len(self.batches)) for _ in range(2)]
        changing = r.randrange(len(self.batches))
        away = None
        self.come(-1)
        for i, batch in enumerate(self.batches):
            self.tell(r, batch)
            if away is not None:
                self.script.append("UPDATE contact SET email = substr(email, 2) "
                                   "WHERE email LIKE 'x%';")
            away = r.randrange(10) if r.random() < .1 else None
            for _ in range(deciding.count(i)):
                decision = random_decision(r, len(self.decisions) + 1, self.events,
                                           batch.events[-1]['id'], self.decisions)
                self.decide(decision, batch.events[-1]['id'])
            if i in self.times:
                self.come(i)
            if i in refolding:
                self.add(REFOLD, 'batch %d' % batch.number)
            if i == changing:
                self.set_policy()
            if away is not None:
                self.add("UPDATE contact SET email = 'x' || email "
                         "WHERE hashtext(email) % 10 = {0};", away)
                self.script.append("INSERT INTO finding (what) SELECT 'moved away: ' || email "
                                   "FROM contact WHERE email LIKE 'x%' "
                                   "AND (bounce_state, bounce_fail_run) <> ('active', 0);")
        if away is not None:
            self.script.append("UPDATE contact SET email = substr(email, 2) WHERE email LIKE 'x%';")
        self.come(len(self.batches))

    def write_facts(self, r, batch):
        self.copy('fact', (row(
            batch.number, e['id'], e['way'], e['address'],
            other_spelling(e['address']) if r.random() < .2 else e['address'],
            log_kind(e), repr(float(e['at'])), repr(float(e['sent'])), e['campaign'],
            e['reason'], e['diagnostic']) for e in batch.events))
        self.copy('letter', (row(batch.number, i, repr(float(letter[0]['at'])), mail)
                             for i, (letter, mail) in enumerate(zip(batch.letters, batch.mails))))

    def tell(self, r, batch):
        """Tell a batch; mostly look whether it changes others than it is about."""
        watched = r.random() < .7
        if watched:
            self.script.append(SINCE)
        if batch.together:
            self.script.append('BEGIN;')
        for way in batch.ways:
            if any(e['way'] == way for e in batch.events):
                self.add(TELL[way], batch.number)
        if batch.together:
            self.script.append('COMMIT;')
        if watched:
            self.check_others('batch %d' % batch.number,
                              'fact WHERE batch = %d' % batch.number)

    def check_others(self, what, of):
        for table in 'contact', 'lead':
            self.add(OTHERS, what=what, table=table, of=of)

    def decide(self, decision, told):
        """What it says beforehand is what it does, and no other changes."""
        number = decision.number
        self.decisions.append(decision)
        self.told_at.append(told)
        for address, n in decision.take(self.events, told).items():
            self.effects.add('%d|%s|%d' % (number, address, n))
        self.script.append(SINCE)
        self.add(SAY, number, 'true', decision.call('true'), 'before')
        self.add(SAY, number, 'false', decision.call('false'), 'after')
        self.check_others('decision %d' % number,
                          '(SELECT (e).address FROM effect WHERE decision = %d) a' % number)

    def set_policy(self):
        p = self.policy
        self.add("UPDATE bounce_policy SET (confirm_after, instant, soft_limit, "
                 "soft_limit_engaged, soft_min_days, engaged_grace_days, open_reopens_confirmed) "
                 "= ({confirm_after}, {instant}, {soft_limit}, {soft_limit_engaged}, "
                 "{soft_min_days}, {grace_days}, {reopen}) WHERE policy = 'other';", **p)

    def tell_again(self, r):
        """What is told again changes nothing: if the copy counts, so did the event."""
        again = [dict(e, void_id=e['window_id'])
                 for e in r.sample(self.events, len(self.events) // 40 + 1)
                 if e['void_id'] is None or e['window_id'] is not None]
        if not again:
            return
        for event in again:
            self.histories[event['address']].append(event)
        batch = Batch(r, len(self.batches) + 1, again, len(self.events) + 1)
        self.events += batch.events
        self.write_facts(r, batch)
        self.script.append(SINCE)
        for way in batch.ways:
            self.add(TELL[way], batch.number)
        self.check_others('told again', 'fact WHERE false')

    def take_back(self, r):
        """To make void what counts, and take that back, changes nothing."""
        conditions = dict(random_conditions(r, self.events), domain=r.choice(list(DOMAINS)))
        for is_void in False, True, False:
            if is_void:
                self.script.append('CREATE TABLE before AS %s;' % BOTH)
            self.decide(Decision(len(self.decisions) + 1, is_void, conditions), len(self.events))
        self.add(SAME, what='taken back', a='TABLE before', b=BOTH)

    def ask(self, r):
        """What there is in the end."""
        self.add(REFOLD, 'the end')
        self.script += ['ANALYZE bounce_event, contact, lead;',
                        'CREATE TABLE fresh AS SELECT email FROM lead;',
                        "SELECT bounce_attach('fresh', policy => 'other');"]
        self.add(SAME, what='attached anew', a='TABLE fresh', b='TABLE lead')
        self.add(SAME, what='dry run', a='SELECT decision, e FROM effect WHERE dry',
                 b='SELECT decision, e FROM effect WHERE NOT dry')
        self.add("INSERT INTO finding (what) SELECT 'audit: ' || a::text "
                 "FROM bounce_audit('{0}') a;", r.choice(['contact', 'lead']))
        self.script.append('\\o')
        for name, query in (
                ('log', LOG), ('effects', EFFECTS),
                ('contact', 'SELECT bounce_address(email), %s FROM contact;' % SHOWN),
                ('lead', 'SELECT bounce_address(email), %s FROM lead;' % SHOWN),
                ('plan', IN_PARALLEL + 'EXPLAIN (COSTS OFF) ' + FOLD), ('fold', FOLD),
                ('findings', 'SELECT what FROM finding ORDER BY n;')):
            self.script += ['\\echo == ' + name, query]
        self.script.append(CLEAN_UP)

    def stragglers(self):
        """How many are void since they were told, by a decision that was before."""
        return sum(e['void_id'] is not None and self.told_at[e['void_id'] - 1] < e['id']
                   for e in self.events)

    def start(self):
        """Give the script to the server, which works while we go on."""
        self.answer = tempfile.TemporaryFile('w+', encoding='utf-8')
        with tempfile.TemporaryFile('w+', encoding='utf-8') as script:
            script.write('\n'.join(self.script) + '\n')
            script.seek(0)
            self.server = subprocess.Popen(
                ['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'],
                stdin=script, stdout=self.answer, env=dict(os.environ, PGCLIENTENCODING='UTF8'))
        self.script = None

    def expect(self, model):
        """What the model makes of the events that count."""
        self.expected = {'contact': {}, 'lead': {}}
        for address, events in self.histories.items():
            events = [e for e in events if e['void_id'] is None]
            for table, over in (('contact', {}), ('lead', self.policy)):
                self.expected[table][address] = expected_line(model, events, over)
        self.expected['fold'] = self.expected['contact']

    def judge(self):
        """Wait for the server; returns how many things are wrong, and shows the first."""
        if self.server.wait() != 0:
            sys.exit('psql failed in the chunk of seed %d' % self.seed)
        self.answer.seek(0)
        got, name = {}, None
        for line in self.answer.read().splitlines():
            if line.startswith('== '):
                name = line[3:]
                got[name] = []
            else:
                got[name].append(line)
        self.answer.close()
        wrong = got['findings']
        if not any('Partial' in line for line in got['plan']):
            wrong.append('bounce_fold() does not run in parallel: %s' % got['plan'])
        wrong += ['effect: %s' % line for line in self.effects ^ set(got['effects'])]
        wrong += differing_lines('log', map(log_line, self.events), got['log'])
        for name, expected in self.expected.items():
            wrong += self.differences(name, expected, got[name])
        if wrong:
            print('\n'.join(line[:2000] for line in wrong[:10]))
            print('%d wrong; to repeat: server.py MODEL %d %d' % (len(wrong), self.n, self.seed))
        return len(wrong)

    def differences(self, name, expected, got):
        seen = set()
        for line in got:
            address, shown = line.split('|', 1)
            seen.add(address)
            want, last = expected[address]
            if shown.split('|')[:3] != want or last is not None and shown.split('|')[3:] != last:
                yield '%s: %s: model %s %s, server %s\n%s' % (
                    name, address, want, last, shown, self.histories[address])
        for address in expected.keys() - seen:
            if name != 'fold' or any(e['void_id'] is None for e in self.histories[address]):
                yield '%s: %s is not there' % (name, address)


def expected_line(model, events, over):
    """State, counters, reason and time; the last two None where the model cannot tell."""
    s = model.fold(events, **over)
    last = last_bounce(model, events, s, over)
    if last is not None:
        at, code = last.split(' ')
        last = ['', ''] if at == '-' else [REASONS[int(code)], at]
    return [s.label, str(s.hard_run), str(s.fail_run)], last


def log_line(event):
    return row(event['id'], event['address'], log_kind(event), micros(event['at']),
               micros(event['sent']), event['campaign'], event['reason'], event['diagnostic'],
               event['void_id'])


def differing_lines(what, wanted, got):
    wanted = list(wanted)
    if len(wanted) != len(got):
        yield '%s: %d rows, not %d' % (what, len(got), len(wanted))
    for want, line in zip(wanted, got):
        if want != line:
            yield '%s: wanted %s, got %s' % (what, want, line)


def compare(model, histories, seed):
    begun = time.monotonic()
    wrong = done = void = late = events = 0
    chunk = Chunk(min(CHUNK, histories), seed)
    while chunk is not None:
        chunk.start()
        chunk.expect(model)
        left = histories - done - chunk.n
        following = Chunk(min(CHUNK, left), chunk.seed + 1) if left > 0 else None
        wrong += chunk.judge()
        done += chunk.n
        events += len(chunk.events)
        void += sum(e['void_id'] is not None for e in chunk.events)
        late += chunk.stragglers()
        chunk = following
        if chunk is None or done % 5000 == 0:
            print('%d histories of %d events, of which %d are void, %d from the beginning: '
                  '%d things wrong (%d s)' % (done, events, void, late, wrong,
                                              time.monotonic() - begun), flush=True)
    return wrong


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
