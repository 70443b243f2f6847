/*
 * no_nls.c
 *		LD_PRELOADed after AddressSanitizer into a server: messages as they are.
 *
 * With it loaded first, the C library's lock for the domains of messages may be in
 * disorder before main() is entered (Debian 12: GnuTLS, which libldap brings along,
 * binds its domain in a constructor), and the next bindtextdomain() never returns.
 * So nobody gets to that lock.
 */
extern char *bindtextdomain(const char *domain, const char *directory);
extern char *bind_textdomain_codeset(const char *domain, const char *codeset);
extern char *textdomain(const char *domain);

char *
bindtextdomain(const char *domain, const char *directory)
{
	(void) domain;
	return (char *) directory;
}

char *
bind_textdomain_codeset(const char *domain, const char *codeset)
{
	(void) domain;
	return (char *) codeset;
}

char *
textdomain(const char *domain)
{
	return (char *) domain;
}
