"""How the events of random histories are told to a server: in batches that mix many
addresses, by bounce_record(), by the triggers for sends and signs of life, and by mail.

An event is the dict of differential.py and model.py, with more in it:

    address     as bounce_address() writes it
    domain      of the address
    reason      that the log has; the model asks for it, too
    code        the rank of the reason, see differential.last_bounce()
    diagnostic  what the server said, or None
    way         by which it is told, see WAYS
    id          that the log gives it: events are numbered as they are told
"""
import datetime
import email.utils
from collections import namedtuple

from differential import random_history

LIFE = ('open', 'click', 'reply')
WAYS = ('record', 'sent', 'mail') + LIFE
# Each domain as the log has it, and as somebody else writes it.
DOMAINS = {'example.com': 'Example.COM', 'example.net': 'EXAMPLE.net',
           'mail.example.com': 'mail.example.com',
           'xn--mnchen-3ya.example': 'M\u00fcnchen.example'}
# What a server says, and what the built-in rules make of it.  Code None: nothing
# that comes as a bounce by mail.
Words = namedtuple('Words', 'reason code diagnostic')
INSTANT = (Words('user_unknown', '5.1.1', '550 5.1.1 User unknown'),
           Words('user_unknown', '5.1.1', None))
HARD = (Words('mailbox_inactive', '5.1.6', '550 mailbox is no longer active'),
        Words('bad_address', '5.1.0', None))
SOFT = (Words('mailbox_full', '5.2.2', '552 5.2.2 Mailbox full'),
        Words('mailbox_full', '5.2.2', None),
        Words('system_error', '5.3.0', None))
LATER = (Words('greylisted', '4.7.1', '450 4.7.1 Greylisted, please try again later'),
         Words('auto_reply', None, 'I am away'))
BLOCK = (Words('spam_content', '5.7.1', '554 5.7.1 Message rejected as spam'),
         Words('policy', '5.7.0', None))
# In the order of the type bounce_reason.
REASONS = ('user_unknown', 'bad_address', 'mailbox_inactive', 'mailbox_full',
           'system_error', 'auto_reply', 'greylisted', 'spam_content', 'policy')
BOUNCES = ('hard', 'soft', 'block')
BY_MAIL = BOUNCES + ('delivered', 'neutral', 'complaint')
ACTION = {'delivered': 'delivered', 'neutral': 'delayed'}
STATUS = {'delivered': '2.0.0', 'neutral': '4.4.1'}
REASON_BY_MAIL = {'delivered': 'delivered', 'neutral': 'no_answer', 'complaint': 'complaint'}
EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)


def other_spelling(address):
    """The same address as bounce_address() does not write it."""
    local, domain = address.split('@')
    return local.upper() + '@' + DOMAINS[domain]


def random_histories(r, n):
    """Histories by address, and their events in the order in which they are told.

    Several addresses that fail by the same mailing at the same time are told of
    at once; all else comes in no order.
    """
    domains = list(DOMAINS)
    histories = {'a%d@%s' % (i, r.choice(domains)): random_history(r) for i in range(n)}
    for events in histories.values():
        if r.random() < .8:
            be_plausible(events)
    told = [[(address, event)] for address, events in histories.items() for event in events]
    addresses = list(histories)
    for _ in range(n // 20 + 1):
        kind = r.choice(BOUNCES)
        sent = float(r.randint(0, 60))
        failure = dict(kind=kind, campaign=r.choice([None, 'c%d' % r.randrange(5)]),
                       sent=sent, at=sent + r.choice([0, .25, 3]),
                       instant=kind == 'hard' and r.random() < .3,
                       reason=None)
        told.append([(address, dict(failure))
                     for address in r.sample(addresses, min(n, r.randint(2, 8)))])
        for address, event in told[-1]:
            histories[address].append(event)
    r.shuffle(told)
    for together in told:
        for address, event in together:
            finish(r, address, event)
    return histories, [[event for _, event in together] for together in told]


def be_plausible(events):
    """Mail is sent before it is told of; so most events can come by more than one way."""
    for event in events:
        event['sent'] = min(event['sent'], event['at'])
        if event['kind'] == 'sent':
            event['at'] = event['sent']


def random_words(r, event):
    if event['kind'] == 'hard':
        return r.choice(INSTANT if event['instant'] else HARD)
    if event['kind'] == 'soft':
        return r.choice(LATER if event['reason'] in ('auto_reply', 'greylisted') else SOFT)
    if event['kind'] == 'block':
        return r.choice(BLOCK)
    return Words(None, None, None)


def finish(r, address, event):
    """Choose what the history leaves open."""
    words = random_words(r, event)
    kind, sent, at = event['kind'], event['sent'], event['at']
    event.update(address=address, domain=address.split('@')[1],
                 reason=words.reason, diagnostic=words.diagnostic, status=words.code,
                 code=REASONS.index(words.reason) if words.reason else None)
    event['way'] = 'record'
    if r.random() < .06:
        return
    if kind == 'sent' and sent == at:
        event['way'] = 'sent'
    elif kind in LIFE and sent <= at:
        event['way'] = kind
    elif (kind in BY_MAIL and at - 30 <= sent <= at and event['campaign'] != ''
          and not (kind in BOUNCES and words.code is None)):
        event['way'] = 'mail'
        event['reason'] = REASON_BY_MAIL.get(kind, words.reason)
        event['status'] = STATUS.get(kind, words.code)


def log_kind(event):
    """The kind that the log has."""
    if event['kind'] in BOUNCES:
        return 'bounce'
    return 'notice' if event['kind'] == 'neutral' else event['kind']


def date(days, zone=0):
    moment = EPOCH + datetime.timedelta(days=days)
    return email.utils.format_datetime(
        moment.astimezone(datetime.timezone(datetime.timedelta(hours=zone))))


def original(r, event):
    """The header of the mail that was sent, as far as it matters.

    Its date says when it was sent, but not where it is out of the question.
    """
    dates = [event['sent']]
    if event['sent'] == event['at']:
        dates += [None, event['at'] + r.choice([.25, 40]), event['at'] - r.choice([30.25, 400])]
    sent = r.choice(dates)
    lines = [] if sent is None else ['Date: ' + date(sent, r.choice([0, 2, -5]))]
    if event['campaign'] is not None:
        lines.append('X-Campaign: ' + event['campaign'])
    return lines


def recipient(r, event):
    """The part of a report that tells of one."""
    address = event['address']
    if r.random() < .2 and address.isascii():
        address = address.upper()
    lines = ['Final-Recipient: rfc822; ' + address,
             'Action: ' + ACTION.get(event['kind'], 'failed'),
             'Status: ' + event['status']]
    if event['diagnostic'] is not None:
        lines.append('Diagnostic-Code: smtp; ' + event['diagnostic'])
    return lines + ['']


def message(r, events):
    """A report about events of one mailing and one time."""
    if events[0]['kind'] == 'complaint':
        kind = 'feedback-report'
        fields = ['Feedback-Type: abuse', 'User-Agent: loop/1', 'Version: 1',
                  'Original-Rcpt-To: ' + events[0]['address'], '']
    else:
        kind = 'delivery-status'
        fields = ['Reporting-MTA: dns; mx.example.org', '']
        for event in events:
            fields += recipient(r, event)
    returned = original(r, events[0])
    if returned:
        returned = ['--b', 'Content-Type: text/rfc822-headers', '', *returned, '']
    return '\n'.join(['From: MAILER-DAEMON@mx.example.org', 'Date: ' + date(events[0]['at'] + 1),
                      'Content-Type: multipart/report; report-type=%s; boundary=b' % kind, '',
                      '--b', 'Content-Type: message/' + kind, '', *fields, *returned, '--b--', ''])


def letters(r, events):
    """Events that come by mail, put together where one report can tell of them."""
    all_letters, latest = [], {}
    for event in events:
        key = event['campaign'], event['sent'], event['at'], event['kind'] == 'complaint'
        letter = latest.get(key)
        if (letter is None or key[3] or r.random() < .1
                or any(event['address'] == other['address'] for other in letter)):
            letter = latest[key] = []
            all_letters.append(letter)
        letter.append(event)
    return all_letters


class Batch:
    """Events that are told one after the other, each way at once."""

    def __init__(self, r, number, events, first_id):
        self.number = number
        self.ways = r.sample(WAYS, len(WAYS))
        self.letters = letters(r, [e for e in events if e['way'] == 'mail'])
        self.mails = [message(r, letter) for letter in self.letters]
        self.events = []
        for way in self.ways:
            self.events += [e for letter in self.letters for e in letter] \
                if way == 'mail' else [e for e in events if e['way'] == way]
        for i, event in enumerate(self.events):
            event['id'] = first_id + i
        # some callers tell everything in one transaction
        self.together = r.random() < .2


def batches(r, told):
    """Cut what is told into batches of very different size."""
    first_id, number, events, size = 1, 1, [], 0
    for i, together in enumerate(told):
        if not events:
            size = r.choice([1, 2, 10, 100, 1000])
        events += together
        if len(events) >= size or i == len(told) - 1:
            yield Batch(r, number, events, first_id)
            first_id += len(events)
            number, events = number + 1, []
