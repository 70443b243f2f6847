/*
 * listen.c
 *		Listening and accepting.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"
#include "counters.h"
#include "settings.h"

typedef struct Listener
{
	Watch		watch;
	Port		port;
} Listener;

/* Resets an accepted connection before anything is read of it. */
static bool
reset_at_once(Port port, int fd)
{
	struct linger now = {.l_onoff = 1,.l_linger = 0};

	if (port == PORT_CONTROL || !take_one(&settings.accept_reset))
		return false;
	count.connections++;
	count.forced_closes++;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	close(fd);
	return true;
}

static void
accept_ready(Watch *watch, uint32_t events)
{
	Listener   *listener = OWNER_OF(watch, Listener, watch);
	int			fd;

	(void) events;
	while ((fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		if (!reset_at_once(listener->port, fd))
			conn_create(listener->port, fd);
}

static int
listen_on(int port, int backlog, struct sockaddr_in *address)
{
	socklen_t	len = sizeof *address;
	int			on = 1;
	int			fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memset(address, 0, sizeof *address);
	address->sin_family = AF_INET;
	address->sin_port = htons((uint16_t) port);
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *) address, len) < 0 ||
		listen(fd, backlog) < 0 ||
		getsockname(fd, (struct sockaddr *) address, &len) < 0)
	{
		perror("tuya_sim: listen");
		exit(1);
	}
	return fd;
}

int
conn_listen(Port kind, int port)
{
	static Listener listeners[PORT_CONTROL + 1];
	struct sockaddr_in address;
	Listener   *listener = &listeners[kind];

	listener->port = kind;
	listener->watch.ready = accept_ready;
	loop_watch(&listener->watch, listen_on(port, SOMAXCONN, &address), EPOLLIN);
	return ntohs(address.sin_port);
}

int
conn_listen_full(void)
{
	struct sockaddr_in address;

	listen_on(0, 0, &address);
	/* Linux queues one more than the backlog; what comes later is dropped */
	for (int i = 0; i < 4; i++)
	{
		int			fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (fd < 0 || (connect(fd, (struct sockaddr *) &address, sizeof address) < 0 &&
					   errno != EINPROGRESS))
		{
			perror("tuya_sim: cannot fill the full port");
			exit(1);
		}
	}
	return ntohs(address.sin_port);
}
