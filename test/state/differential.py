#!/usr/bin/env python3
"""Compare the fold in src/core with the reference model on random histories.

    differential.py MODEL [HISTORIES [SEED]] [-- FOLD_LINES [ARGUMENT ...]]

MODEL is the path to model.py.  The model lives outside of the project: where
it is absent, the test says so and passes.  FOLD_LINES is the program of
fold_lines.c; without it, the test compiles it with cc (or $CC, $CFLAGS).

Every history is random in its events, in the order in which they are given
and in its settings, and small enough in its times and names that campaigns
collide, bounces arrive late and several things happen at once.
"""
import importlib.util
import math
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DAY = 86400 * 10**6
BATCH = 2000
CORE = ('standing.c', 'standing_bucket.c', 'standing_run.c', 'span.c')
EFFECT = {'sent': 0, 'delivered': 1, 'hard': 2, 'soft': 3, 'block': 4,
          'neutral': 4, 'open': 5, 'click': 5, 'reply': 5, 'complaint': 6,
          'unsubscribe': 7, 'suppress': 8, 'release': 9, 'reset': 10}
# Weighted; rare kinds come in a part of the histories only.
COMMON = (['sent'] * 4 + ['delivered'] * 2 + ['hard'] * 6 + ['soft'] * 4 +
          ['block', 'neutral', 'open', 'click'])
RARE = COMMON + ['reset', 'release', 'reply', 'complaint', 'unsubscribe',
                 'suppress', 'reset', 'open', 'open']
HARDEST = ['sent', 'hard', 'hard', 'hard', 'soft', 'delivered', 'open']


def load_model(path):
    spec = importlib.util.spec_from_file_location('model', path)
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    # The model cuts a day's number towards zero; days begin at midnight
    # before the epoch, too.  From the epoch on the two are the same.
    model.bucket = lambda e: (e['campaign'] if e.get('campaign') is not None
                              else 'day:%d' % math.floor(e['sent']))
    return model


def random_settings(r):
    """Half of the histories have the default settings."""
    if r.random() < .5:
        return {}
    return dict(confirm_after=r.choice([1, 2, 3, 3, 4, 6, 0]),
                instant=r.random() < .7,
                soft_limit=r.choice([1, 2, 3, 5, 7, 7, 0]),
                soft_limit_engaged=r.choice([1, 2, 4, 8, 15, 15, 0]),
                soft_min_days=r.choice([0, .25, 5, 10, 30]),
                grace_days=r.choice([0, 0, .5, 3, 10]),
                reopen=r.random() < .4)


def random_campaign(r, names):
    """A campaign's name, with a day's among them, or none."""
    if r.random() < .12:
        return None
    n = r.randrange(names)
    return r.choice(['c%d', 'c%d', 'c%d', 'day:%d']) % n if n % 5 == 0 \
        else ['', 'ä%d', 'c%d', 'campaign-with-a-long-name-%d',
              '\U0001F4E7%d'][n % 5] % n


def random_history(r):
    n = r.choice([r.randint(0, 4), r.randint(0, 14), r.randint(5, 30),
                  r.randint(20, 60)]) if r.random() < .97 \
        else r.randint(60, 150)
    names = r.choice([3, 8, 15, 40, 120])
    length = r.choice([4, 20, 60, 60, 200])
    first = r.choice([0, 0, 0, -length // 2])
    step = r.choice([1, 1, 2, 4])
    kinds = r.choice([COMMON, RARE, HARDEST])
    often = r.choice([0, 0, .05, .3])
    late = r.choice([0, .2, .6])
    earlier = r.choice([0, 0, .15])     # learned later: it was sent before
    events = []
    sent_of = {}

    for _ in range(n):
        kind = r.choice(kinds)
        at = first + r.randint(0, length * step) / step
        campaign = random_campaign(r, names)
        # Most campaigns are sent once; some facts do not know when.
        sent = sent_of.setdefault(campaign, at) if campaign is not None \
            and r.random() < .85 else at
        if r.random() < late:
            at += r.randint(0, 10 * step) / step
        if r.random() < earlier:
            sent -= r.randint(0, 20 * step) / step
        if kind == 'soft' and r.random() < .15:
            reason = r.choice(['auto_reply', 'greylisted'])
        else:
            reason = r.choice([None, 'mailbox_full'])
        event = dict(kind=kind, campaign=campaign, sent=sent, at=at,
                     reason=reason, code=r.randrange(6),
                     instant=r.random() < often)
        events.append(event)
        if kind in ('hard', 'soft', 'delivered') and r.random() < .5:
            events.append(dict(event, kind='sent', at=min(sent, at)))
        if r.random() < .08:
            events.append(dict(event))
    r.shuffle(events)
    return events


def micros(days):
    return int(days * DAY)


def line_of(model, events, over):
    cfg = dict(model.D, **over)
    words = [cfg['confirm_after'], int(cfg['instant']), cfg['soft_limit'],
             cfg['soft_limit_engaged'], micros(cfg['soft_min_days']),
             micros(cfg['grace_days']), int(cfg['reopen'])]
    for e in events:
        effect = EFFECT[e['kind']]
        if e['kind'] == 'soft' and e['reason'] in model.NEVER:
            effect = EFFECT['neutral']
        words += [effect, int(e['instant']), e['code'], micros(e['sent']),
                  micros(e['at']),
                  '-' if e['campaign'] is None else '=' + e['campaign']]
    return ' '.join(map(str, words))


def last_bounce(model, events, state, over):
    """The latest counted bounce, which the model does not tell: (at, code).
    None where the start of the run is not plain to see."""
    if not state.fail_run:
        return '- -'
    if dict(model.D, **over)['reopen']:
        return None
    t = state.confirmed_at
    if t is None:
        t = max(e['at'] for e in events)
    run = []
    since = max([e['at'] for e in events
                 if e['kind'] == 'reset' and e['at'] <= t],
                default=-math.inf)
    verdicts = model.verdicts(events, t)
    hard = {k for _, k, v, _, _ in verdicts if v == 'hard'}
    life = max([e['at'] for e in events if e['kind'] in model.LIFE
                and e['at'] <= t and e['campaign'] not in hard] + [since])
    for _, k, v, at, _ in reversed(verdicts):
        if v == 'neutral' or v == 'pending' and not run:
            continue
        if v in ('ok', 'pending') or at <= life:
            break
        run.append((at, k, v))
    assert len(run) == state.fail_run
    at, key, verdict = max(run, key=lambda x: x[0])     # the first: newest
    code = min(e['code'] for e in events
               if e['at'] == at and e['kind'] == verdict
               and model.bucket(e) == key
               and not (verdict == 'soft' and e['reason'] in model.NEVER))
    return '%d %d' % (micros(at), code)


def expected(model, events, over):
    s = model.fold(events, **over)
    last = last_bounce(model, events, s, over)
    return '%s %s %d %d %s %s %s' % (
        s.label, s.delivery, s.hard_run, s.fail_run, s.cause or '-',
        s.stop or '-',
        '-' if s.confirmed_at is None else micros(s.confirmed_at)), last


def compile_lines(directory, name, core):
    """Compile the program of name.c with these sources of the core."""
    program = os.path.join(directory, name)
    flags = os.environ.get('CFLAGS', '-O2 -g').split()
    subprocess.run([os.environ.get('CC', 'cc'), '-std=gnu99', *flags,
                    '-I' + os.path.join(ROOT, 'src'), '-o', program,
                    os.path.join(HERE, name + '.c'),
                    *(os.path.join(ROOT, 'src', 'core', source)
                      for source in core)], check=True)
    return [program]


def compare(model, command, histories, seed):
    r = random.Random(seed)
    states = {}
    for done in range(0, histories, BATCH):
        batch = [(random_history(r), random_settings(r))
                 for _ in range(min(BATCH, histories - done))]
        lines = [line_of(model, *h) for h in batch]
        out = subprocess.run(command, input='\n'.join(lines) + '\n',
                             stdout=subprocess.PIPE, check=True,
                             encoding='utf-8').stdout.splitlines()
        assert len(out) == len(batch), 'an answer for each history'
        for (events, over), line, got in zip(batch, lines, out):
            want, last = expected(model, events, over)
            got, got_last = (' '.join(got.split(' ')[:7]),
                             ' '.join(got.split(' ')[7:]))
            if want != got or last is not None and last != got_last:
                print('history', line)
                print('model  ', want, last)
                print('core   ', got, got_last)
                return 1
            key = tuple(got.split(' ')[i] for i in (1, 4))
            states[key] = states.get(key, 0) + 1
    print('%d histories, none differs (seed %s)' % (histories, seed))
    for key, n in sorted(states.items()):
        print('  %-9s %-16s %7d' % (*key, n))
    return 0


def main(arguments):
    command = None
    if '--' in arguments:
        at = arguments.index('--')
        command, arguments = arguments[at + 1:], arguments[:at]
    if not arguments or not os.path.exists(arguments[0]):
        print('skipped: the reference model (%s) is not here'
              % (arguments[0] if arguments else 'no path given'))
        return 0
    model = load_model(arguments[0])
    histories = int(arguments[1]) if len(arguments) > 1 else 5000
    seed = int(arguments[2]) if len(arguments) > 2 else 1
    with tempfile.TemporaryDirectory() as directory:
        return compare(model, command or
                       compile_lines(directory, 'fold_lines', CORE),
                       histories, seed)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
