/*
 * simctl.c
 *		tuya_simctl: tells a running simulator what to do, asks what it saw.
 *
 * Exits 0 when the simulator obeyed, 1 with its message when it refused, 2
 * when it could not be asked.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"

static void
fatal(const char *message)
{
	fprintf(stderr, "tuya_simctl: %s\n", message);
	exit(2);
}

static void
usage(void)
{
	fatal("usage: tuya_simctl [-p PORT] reset | clear | set NAME=VALUE... | get NAME... |\n"
		  "  counters | settings | key PRODUCT_KEY DEVICE_NAME FIRMWARE_ID | keys | actions\n"
		  "the port may also be in the environment variable TUYA_SIM_CONTROL");
}

static void
put_encoded(Buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '_')
			buf_putc(out, text[i]);
		else
			buf_printf(out, "%%%02X", (unsigned) c);
	}
}

/* Only set has values; elsewhere '=' is part of a name. */
static void
put_argument(Buf *out, const char *argument, bool has_value)
{
	size_t		n = has_value ? strcspn(argument, "=") : strlen(argument);

	if (has_value && argument[n] == '\0')
		usage();
	put_encoded(out, argument, n);
	if (has_value)
	{
		buf_putc(out, '=');
		put_encoded(out, argument + n + 1, strlen(argument + n + 1));
	}
}

static void
make_request(Buf *out, int argc, char **argv)
{
	buf_puts(out, "GET /");
	put_encoded(out, argv[0], strlen(argv[0]));
	for (int i = 1; i < argc; i++)
	{
		buf_putc(out, i == 1 ? '?' : '&');
		put_argument(out, argv[i], strcmp(argv[0], "set") == 0);
	}
	buf_puts(out, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}

static int
connect_to(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	int			fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_port = htons((uint16_t) atoi(port));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *) &address, sizeof address) < 0)
		fatal("cannot connect to the simulator");
	return fd;
}

static void
talk(int fd, const Buf *request, Buf *reply)
{
	size_t		sent = 0;
	ssize_t		n;

	while (sent < request->len)
	{
		n = write(fd, buf_data(request) + sent, request->len - sent);
		if (n <= 0)
			fatal("cannot send to the simulator");
		sent += (size_t) n;
	}
	while ((n = read(fd, buf_room(reply, 4096), 4096)) > 0)
		buf_added(reply, (size_t) n);
	close(fd);
}

int
main(int argc, char **argv)
{
	const char *port = getenv("TUYA_SIM_CONTROL");
	Buf			request = {0};
	Buf			reply = {0};
	const char *text;
	const char *body;
	bool		obeyed;

	argv++, argc--;
	if (argc >= 2 && strcmp(argv[0], "-p") == 0)
	{
		port = argv[1];
		argv += 2;
		argc -= 2;
	}
	if (argc < 1 || !port)
		usage();
	make_request(&request, argc, argv);
	talk(connect_to(port), &request, &reply);
	text = buf_cstr(&reply);
	body = strstr(text, "\r\n\r\n");
	if (!body)
		fatal("no reply from the simulator");
	obeyed = strncmp(text, "HTTP/1.1 200 ", 13) == 0;
	fputs(body + 4, obeyed ? stdout : stderr);
	buf_free(&request);
	buf_free(&reply);
	return obeyed ? 0 : 1;
}
