#!/usr/bin/env python3
"""Compare the standings of random histories, by the reference model, with those
of what is left when they are pruned by the core.

    prune.py MODEL [HISTORIES [SEED]]

MODEL is the path to model.py, and the histories are those of differential.py,
with void events.  The test compiles the program of prune_lines.c.

Each history is folded in several worlds: as it is; under other settings, with
reasons that count otherwise; with other bounces void; with more events, of mail
that was sent at the time of the prune or later.
"""
import math
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from differential import (BATCH, CORE, EFFECT, RARE, compile_lines,     # noqa: E402
                          load_model, micros, random_history, random_settings)

BOUNCES = ('hard', 'soft', 'block')
WORLDS = 5


def with_voids(r, events):
    part = r.choice([0, 0, .2])
    return [dict(e, void=r.random() < part) for e in events]


def line_of(before, events):
    """A bounce is one whatever it counts; a soft one of a reason that never does, too."""
    words = [micros(before)]
    for e in events:
        effect = EFFECT['hard'] if e['kind'] in BOUNCES else EFFECT[e['kind']]
        words += [effect, int(e['void']), micros(e['sent']), micros(e['at']),
                  '-' if e['campaign'] is None else '=' + e['campaign']]
    return ' '.join(map(str, words))


def is_of_mail(e):
    return e['kind'] in BOUNCES + ('sent', 'delivered', 'neutral') or \
        e['kind'] in ('open', 'click', 'reply') and e['campaign'] is not None


def random_later(model, r, events, before):
    """Events of campaigns, and days, of which nothing happened before."""
    told = [e for e in events
            if is_of_mail(e) and (e['kind'] in BOUNCES or not e['void'])]
    new = {model.bucket(e) for e in told if max(e['at'], e['sent']) >= before or
           e['campaign'] is None and e['sent'] >= math.floor(before)}
    old = {model.bucket(e) for e in told} - new
    later = []
    for _ in range(r.choice([0, 0, 3, 10])):
        campaign = r.choice([None, 'n%d' % r.randrange(6), 'c%d' % r.randrange(8)])
        e = dict(kind=r.choice(RARE), campaign=campaign, reason=None,
                 sent=before + r.randrange(40) / 4, at=before + r.randrange(40) / 4,
                 instant=r.random() < .2, void=False)
        if model.bucket(e) not in old:
            later.append(e)
    return later


def random_world(r, events):
    """What becomes of each event, as a list; and settings."""
    counts = {code: r.choice(['hard', 'soft', 'block']) for code in range(6)
              if r.random() < .4} if r.random() < .5 else {}
    instant = {code: r.random() < .3 for code in counts}
    voided = r.choice([None, 0, .3, 1])
    world = []
    for e in events:
        if e['kind'] in BOUNCES:
            if voided is not None:
                e = dict(e, void=r.random() < voided)
            if e['code'] in counts:
                e = dict(e, kind=counts[e['code']], reason=None,
                         instant=instant[e['code']])
        world.append(e)
    settings = random_settings(r)
    for limit in ('confirm_after', 'soft_limit', 'soft_limit_engaged'):
        if limit in settings:
            settings[limit] = max(1, settings[limit])   # as a policy must
    return world, settings


def same(model, r, before, events, goes):
    """Whether the standings are, in a world; shows it if not."""
    world, settings = random_world(r, events)
    later = random_later(model, r, events, before)
    left = [e for e, g in zip(world, goes) if g == '0']
    whole = model.fold(world + later, **settings)
    pruned = model.fold(left + later, **settings)
    if whole != pruned:
        print('before', before, 'settings', settings)
        for e, g in zip(world, goes):
            print('goes ' if g == '1' else 'stays', e)
        for e in later:
            print('later', e)
        print('whole ', whole)
        print('pruned', pruned)
    return whole == pruned


def compare(model, command, histories, seed):
    r = random.Random(seed)
    gone = {}
    for done in range(0, histories, BATCH):
        batch = []
        for _ in range(min(BATCH, histories - done)):
            events = with_voids(r, random_history(r))
            last = max([e['at'] for e in events], default=0)
            batch.append((math.floor(r.uniform(0, last + 20) * 4) / 4, events))
        out = subprocess.run(command, input='\n'.join(line_of(*h) for h in batch) + '\n',
                             stdout=subprocess.PIPE, check=True,
                             encoding='utf-8').stdout.splitlines()
        assert len(out) == len(batch), 'an answer for each history'
        for (before, events), goes in zip(batch, out):
            for e, g in zip(events, goes):
                gone[e['kind']] = gone.get(e['kind'], 0) + int(g)
            if not all(same(model, r, before, events, goes) for _ in range(WORLDS)):
                return 1
    print('%d histories, none differs (seed %s); gone are' % (histories, seed))
    for kind in EFFECT:
        print('  %-12s %7d' % (kind, gone.get(kind, 0)))
    return 0 if all(gone.get(kind) for kind in EFFECT) else 1


def main(arguments):
    if not arguments or not os.path.exists(arguments[0]):
        print('skipped: the reference model (%s) is not here'
              % (arguments[0] if arguments else 'no path given'))
        return 0
    histories = int(arguments[1]) if len(arguments) > 1 else 2000
    seed = int(arguments[2]) if len(arguments) > 2 else 1
    with tempfile.TemporaryDirectory() as directory:
        return compare(load_model(arguments[0]),
                       compile_lines(directory, 'prune_lines', ('prune.c', *CORE)),
                       histories, seed)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
