"""Decisions of bounce_void() and bounce_unvoid(), and what is void by them.

The rules are those of doc/state.md and doc/reference.md: conditions are about
bounces, whenever these are told; a decision about single events is about those, of
whatever kind.  The last decision that matches an event says whether it is void.
"""
import re

from told import BOUNCES, DOMAINS

PATTERNS = ('%user unknown%', '%MAILBOX%', '55_ %', '%5.1._ %', '554%spam', '%', 'mailbox',
            r'%\_%', '%I AM%')


def sql_text(value):
    return "'" + value.replace("'", "''") + "'"


def sql_time(days):
    return 'day(%r)' % float(days)


def like(pattern):
    """An ILIKE pattern as a regular expression, for text in ASCII."""
    parts = re.findall(r'\\.|%|_|[^%_\\]+', pattern)
    return re.compile(''.join({'%': '.*', '_': '.'}.get(p, re.escape(p.lstrip('\\')))
                              for p in parts), re.IGNORECASE | re.DOTALL).fullmatch


class Decision:
    """Conditions (domain, from, until, reason, pattern), or ids of events."""

    def __init__(self, number, is_void, conditions=None, ids=None):
        self.number = number
        self.is_void = is_void
        self.conditions = conditions
        self.ids = ids

    def matches(self, events):
        """Those that it is about; they are sorted by id, from 1 on."""
        if self.ids is not None:
            return [events[i - 1] for i in sorted(set(self.ids))]
        c = self.conditions
        found = [e for e in events if e['kind'] in BOUNCES]
        if 'domain' in c:
            found = [e for e in found if e['domain'] == c['domain']]
        if 'from' in c:
            found = [e for e in found if e['at'] >= c['from']]
        if 'until' in c:
            found = [e for e in found if e['at'] < c['until']]
        if 'reason' in c:
            found = [e for e in found if e['reason'] == c['reason']]
        if 'pattern' in c:
            is_like = like(c['pattern'])
            found = [e for e in found if e['diagnostic'] is not None and is_like(e['diagnostic'])]
        return found

    def take(self, events, told):
        """Make void, or not, what it is about, although some are not told yet.

        Returns for each address how many change of the first ones, which are told.
        """
        changed = {}
        for event in self.matches(events):
            if event['id'] <= told and (event['void_id'] is not None) != self.is_void:
                changed[event['address']] = changed.get(event['address'], 0) + 1
            event['void_id'] = self.number if self.is_void else None
            if self.ids is None:
                event['window_id'] = event['void_id']
        return changed

    def call(self, dry_run):
        """The call in SQL."""
        name = 'bounce_void' if self.is_void else 'bounce_unvoid'
        if self.ids is not None:
            arguments = ["'{%s}'::bigint[]" % ','.join(map(str, self.ids))]
        else:
            arguments = ['%s => %s' % ('"from"' if key == 'from' else key,
                                       sql_time(value) if key in ('from', 'until')
                                       else sql_text(DOMAINS[value]) if key == 'domain'
                                       else sql_text(value))
                         for key, value in self.conditions.items()]
        return '%s(%s)' % (name, ', '.join(arguments + ['dry_run => %s' % dry_run]))


def random_conditions(r, events):
    conditions = {}
    if r.random() < .7:
        conditions['domain'] = r.choice(list(DOMAINS))
    # times at which something happened: the first of a window is in it, the last not
    times = sorted(r.choice(events)['at'] for _ in range(2))
    if r.random() < .5:
        conditions['from'] = times[0]
    if r.random() < .5:
        conditions['until'] = times[1] if times[1] > times[0] else times[1] + .25
    if r.random() < .4:
        conditions['reason'] = r.choice(events)['reason'] or 'user_unknown'
    if r.random() < .3:
        conditions['pattern'] = r.choice(PATTERNS)
    return conditions or {'pattern': r.choice(PATTERNS)}


def random_decision(r, number, events, told, earlier):
    """One that can be taken when so many of the events are told."""
    is_void = r.random() < .75
    if earlier and r.random() < .2:
        old = r.choice(earlier)     # taken back, or a part of it
        if old.ids is not None:
            return Decision(number, not old.is_void,
                            ids=r.sample(old.ids, r.randint(1, len(old.ids))))
        conditions = dict(old.conditions)
        if r.random() < .5:
            conditions['domain'] = r.choice(list(DOMAINS))
        return Decision(number, not old.is_void, conditions)
    if told and r.random() < .3:
        return Decision(number, is_void,
                        ids=[r.randint(1, told) for _ in range(r.choice([1, 3, 30, 300]))])
    return Decision(number, is_void, random_conditions(r, events))
