/*
 * main.c
 *		The simulator of Tuya's private cloud: arguments, start, end.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "api.h"
#include "conn.h"
#include "control.h"
#include "loop.h"

typedef struct Options
{
	TlsOptions	tls;
	int			tls_port;
	int			http_port;
	int			control_port;
	const char *ready_file;
	int			die_with_parent;
} Options;

static void
usage(void)
{
	fputs("usage: tuya_sim --cert FILE --key FILE --ready-file FILE\n"
		  "  [--tls-port N] [--http-port N] [--control-port N]\n"
		  "  [--min-tls 1.0|1.1|1.2|1.3] [--max-tls 1.0|1.1|1.2|1.3]\n"
		  "  [--access-key-id ID] [--access-key-secret SECRET]\n"
		  "  [--die-with-parent]\n", stderr);
	exit(2);
}

static int
parse_port(const char *text)
{
	char	   *end;
	long		port = strtol(text, &end, 10);

	if (end == text || *end || port < 0 || port > 65535)
		usage();
	return (int) port;
}

static int
parse_tls_version(const char *text)
{
	static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};

	if (strncmp(text, "1.", 2) != 0 || text[2] < '0' || text[2] > '3' || text[3])
		usage();
	return versions[text[2] - '0'];
}

static void
parse_option(Options *options, int option)
{
	switch (option)
	{
		case 'c':
			options->tls.cert_file = optarg;
			break;
		case 'k':
			options->tls.key_file = optarg;
			break;
		case 'r':
			options->ready_file = optarg;
			break;
		case 't':
			options->tls_port = parse_port(optarg);
			break;
		case 'h':
			options->http_port = parse_port(optarg);
			break;
		case 'p':
			options->control_port = parse_port(optarg);
			break;
		case 'm':
			options->tls.min_version = parse_tls_version(optarg);
			break;
		case 'M':
			options->tls.max_version = parse_tls_version(optarg);
			break;
		case 'i':
			credentials.access_key_id = optarg;
			break;
		case 's':
			credentials.access_key_secret = optarg;
			break;
		case 'd':
			options->die_with_parent = 1;
			break;
		default:
			usage();
	}
}

static void
parse_options(int argc, char **argv, Options *options)
{
	static const struct option names[] = {
		{"cert", required_argument, NULL, 'c'},
		{"key", required_argument, NULL, 'k'},
		{"ready-file", required_argument, NULL, 'r'},
		{"tls-port", required_argument, NULL, 't'},
		{"http-port", required_argument, NULL, 'h'},
		{"control-port", required_argument, NULL, 'p'},
		{"min-tls", required_argument, NULL, 'm'},
		{"max-tls", required_argument, NULL, 'M'},
		{"access-key-id", required_argument, NULL, 'i'},
		{"access-key-secret", required_argument, NULL, 's'},
		{"die-with-parent", no_argument, NULL, 'd'},
		{NULL, 0, NULL, 0}
	};
	int			option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		parse_option(options, option);
	if (optind < argc || !options->tls.cert_file || !options->tls.key_file ||
		!options->ready_file)
		usage();
}

static void
signal_ready(Watch *watch, uint32_t events)
{
	(void) watch;
	(void) events;
	loop_stop();
}

/* SIGTERM and SIGINT end the loop, so that leak checkers see a clean end. */
static void
watch_signals(void)
{
	static Watch watch = {.ready = signal_ready};
	sigset_t	set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	loop_watch(&watch, signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), EPOLLIN);
}

static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
	{
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* A parent that ended before prctl took hold left us to another one. */
static void
die_with_parent(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		exit(0);
}

static void
write_ready_file(const Options *options, int full_port)
{
	char	   *temporary;
	FILE	   *file;

	if (asprintf(&temporary, "%s.%d", options->ready_file, (int) getpid()) < 0)
		exit(1);
	file = fopen(temporary, "w");
	if (!file ||
		fprintf(file, "tls_port=%d\nhttp_port=%d\ncontrol_port=%d\nfull_port=%d\npid=%d\n",
				options->tls_port, options->http_port, options->control_port,
				full_port, (int) getpid()) < 0 ||
		fclose(file) != 0 || rename(temporary, options->ready_file) != 0)
	{
		fprintf(stderr, "tuya_sim: cannot write \"%s\": %s\n",
				options->ready_file, strerror(errno));
		exit(1);
	}
	free(temporary);
}

int
main(int argc, char **argv)
{
	Options		options = {.tls = {NULL, NULL, TLS1_2_VERSION, TLS1_3_VERSION}};
	pid_t		parent = getppid();

	parse_options(argc, argv, &options);
	if (options.die_with_parent)
		die_with_parent(parent);
	raise_file_limit();
	loop_init();
	watch_signals();
	control_reset();
	conn_init_tls(&options.tls);
	options.tls_port = conn_listen(PORT_TLS, options.tls_port);
	options.http_port = conn_listen(PORT_HTTP, options.http_port);
	options.control_port = conn_listen(PORT_CONTROL, options.control_port);
	write_ready_file(&options, conn_listen_full());
	loop_run();
	return 0;
}
