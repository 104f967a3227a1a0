/*-------------------------------------------------------------------------
 *
 * sender.c
 *	  Did a mail system write this message, or a person?
 *
 * Part of the PostgreSQL-free core: no palloc, no ereport, no globals.
 *
 * src/core/sender.c
 *
 *-------------------------------------------------------------------------
 */
#include "core/limits.h"
#include "core/sender.h"

/* How mail systems call themselves, in the address or the name of From. */
static const BounceSpan system_names[] =
{
	BOUNCE_SPAN_OF("mailer-daemon"), BOUNCE_SPAN_OF("mailer daemon"), BOUNCE_SPAN_OF("mailer_daemon"),
	BOUNCE_SPAN_OF("mailerdaemon"), BOUNCE_SPAN_OF("mail-daemon"), BOUNCE_SPAN_OF("maildaemon"),
	BOUNCE_SPAN_OF("mdaemon"), BOUNCE_SPAN_OF("postmaster"), BOUNCE_SPAN_OF("post_master"),
	BOUNCE_SPAN_OF("post master"), BOUNCE_SPAN_OF("mail delivery"), BOUNCE_SPAN_OF("mail.delivery"),
	BOUNCE_SPAN_OF("maildelivery"), BOUNCE_SPAN_OF("mail-delivery"), BOUNCE_SPAN_OF("email delivery"),
	BOUNCE_SPAN_OF("delivery subsystem"), BOUNCE_SPAN_OF("delivery system"),
	BOUNCE_SPAN_OF("delivery agent"), BOUNCE_SPAN_OF("mail administrator"),
	BOUNCE_SPAN_OF("system administrator"), BOUNCE_SPAN_OF("systemadministrator"),
	BOUNCE_SPAN_OF("mail system"), BOUNCE_SPAN_OF("mail-system"), BOUNCE_SPAN_OF("mailsystem"),
	BOUNCE_SPAN_OF("mail server"), BOUNCE_SPAN_OF("mailserver"), BOUNCE_SPAN_OF("mail router"),
	BOUNCE_SPAN_OF("mail-router"), BOUNCE_SPAN_OF("internet mail"), BOUNCE_SPAN_OF("mail gateway"),
	BOUNCE_SPAN_OF("mailadmin"), BOUNCE_SPAN_OF("mail admin"), BOUNCE_SPAN_OF("mail agent"),
	BOUNCE_SPAN_OF("microsoft exchange"), BOUNCE_SPAN_OF("microsoftexchange"),
	BOUNCE_SPAN_OF("microsoft outlook"), BOUNCE_SPAN_OF("mmdf"),

	/* the SMTP server of VM and its like */
	BOUNCE_SPAN_OF("smtp@"),

	/* and mailing lists, that refuse what is posted to them */
	BOUNCE_SPAN_OF("-bounces@"), BOUNCE_SPAN_OF("majordomo"), BOUNCE_SPAN_OF("listserv"),
	BOUNCE_SPAN_OF("sympa@"), BOUNCE_SPAN_OF("mailman@"), BOUNCE_SPAN_OF("+owner@"),
	BOUNCE_SPAN_OF("mlmmj"),
};

#define SYSTEM_NAME_COUNT (sizeof(system_names) / sizeof(system_names[0]))

/* Addresses in a notice that one writes to for help, and nobody mailed. */
static const BounceSpan roles[] =
{
	BOUNCE_SPAN_OF("postmaster"), BOUNCE_SPAN_OF("mailer-daemon"), BOUNCE_SPAN_OF("mailerdaemon"),
	BOUNCE_SPAN_OF("post_master"), BOUNCE_SPAN_OF("abuse"), BOUNCE_SPAN_OF("hostmaster"),
};

/* And behind the name of a mailing list, who looks after it. */
static const BounceSpan list_roles[] =
{
	BOUNCE_SPAN_OF("-owner"), BOUNCE_SPAN_OF("-request"), BOUNCE_SPAN_OF("-bounces"),
	BOUNCE_SPAN_OF("+owner"),
};

/* A field without what is far behind: names are short. */
static BounceSpan
head_of(BounceSpan value)
{
	if (value.len > BOUNCE_MAX_ADDRESS)
		value.len = BOUNCE_MAX_ADDRESS;
	return value;
}

/* The bounce's own sender is nobody, so that it never bounces (RFC 5321, 4.5.5). */
bool
bounce_sender_is_null(const BounceFields *fields)
{
	BounceSpan	path = fields->value[BOUNCE_FIELD_RETURN_PATH];

	return path.ptr != NULL && (path.len == 0 || bounce_span_is(path, "<>"));
}

/*
 * Who wrote the message, by these fields?
 *
 * An address of a mail system is believed; a name like that only where the return
 * path is not somebody's: postmen and administrators write letters, too.
 */
static BounceSender
sender_of(const BounceFields *fields)
{
	BounceSpan	from = head_of(fields->value[BOUNCE_FIELD_FROM]);
	BounceSpan	path = head_of(fields->value[BOUNCE_FIELD_RETURN_PATH]);
	bool		of_somebody = path.len > 0 && memchr(path.ptr, '@', path.len) != NULL &&
		bounce_span_find_fold(path, BOUNCE_SPAN_OF("noreply")) == BOUNCE_SPAN_NOT_FOUND &&
		bounce_span_find_fold(path, BOUNCE_SPAN_OF("no-reply")) == BOUNCE_SPAN_NOT_FOUND &&
		!bounce_span_has_one_fold(path, system_names, SYSTEM_NAME_COUNT);
	BounceSpan	claimed = from;
	const char *angle = from.len > 0 ? memchr(from.ptr, '<', from.len) : NULL;
	const char *comment = from.len > 0 ? memchr(from.ptr, '(', from.len) : NULL;

	if (of_somebody && angle != NULL)
		claimed = bounce_span_make(angle, (size_t) (bounce_span_end(from) - angle));
	else if (of_somebody && comment != NULL)
		claimed = bounce_span_make(from.ptr, (size_t) (comment - from.ptr));

	/* a list distributes what people write about bounces */
	if (fields->value[BOUNCE_FIELD_LIST].ptr != NULL && path.len > 0 &&
		memchr(path.ptr, '@', path.len) != NULL &&
		fields->value[BOUNCE_FIELD_X_LIST_ADMINISTRIVIA].ptr == NULL &&
		bounce_span_find_fold(claimed, BOUNCE_SPAN_OF("postmaster")) == BOUNCE_SPAN_NOT_FOUND &&
		bounce_span_find_fold(claimed, BOUNCE_SPAN_OF("mailer-daemon")) == BOUNCE_SPAN_NOT_FOUND &&
		bounce_span_find_fold(path, BOUNCE_SPAN_OF("mailer-daemon")) == BOUNCE_SPAN_NOT_FOUND)
		return BOUNCE_SENDER_OTHER;
	if (bounce_span_has_one_fold(claimed, system_names, SYSTEM_NAME_COUNT) || bounce_span_is(from, "<>"))
		return BOUNCE_SENDER_CLAIMING;

	/* or is it a mailing list that speaks itself? */
	if (fields->value[BOUNCE_FIELD_X_LIST_ADMINISTRIVIA].ptr != NULL ||
		(fields->value[BOUNCE_FIELD_X_MLSERVER].ptr != NULL &&
		 bounce_span_find_fold(from, BOUNCE_SPAN_OF("-admin@")) != BOUNCE_SPAN_NOT_FOUND) ||
		bounce_span_find_fold(path, BOUNCE_SPAN_OF("mailer-daemon")) != BOUNCE_SPAN_NOT_FOUND)
		return BOUNCE_SENDER_SYSTEM;
	return BOUNCE_SENDER_OTHER;
}

/* The same, as it was found out already. */
static BounceSender
known_sender(const BounceFields *fields)
{
	return fields->sender != BOUNCE_SENDER_UNKNOWN ? fields->sender : sender_of(fields);
}

/* Find out who wrote the message, for all who will ask. */
void
bounce_sender_find(BounceFields *fields)
{
	fields->sender = known_sender(fields);
}

/* Does the writer call himself a mail system?  His return path may be of one. */
bool
bounce_sender_claims_system(const BounceFields *fields)
{
	return known_sender(fields) == BOUNCE_SENDER_CLAIMING;
}

/* Does the message come from a mail system, by its From or its return path? */
bool
bounce_sender_is_system(const BounceFields *fields)
{
	return known_sender(fields) != BOUNCE_SENDER_OTHER;
}

/* Is this the local part of an address for help? */
bool
bounce_sender_is_role(BounceSpan local)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
	{
		if (bounce_span_equal_fold(local, roles[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(list_roles) / sizeof(list_roles[0]); i++)
	{
		if (local.len > list_roles[i].len && bounce_span_ends_fold(local, list_roles[i]))
			return true;
	}
	return false;
}
