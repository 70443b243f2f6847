/*
 * fail_malloc.c
 *		LD_PRELOADed into a server that is tested: the n-th allocation fails.
 *
 * The file FAIL_MALLOC holds a FailMalloc, which the test writes and reads while
 * the server runs.  Allocations of all libraries count, and of all threads of the
 * process; not those for which the extension sets memory aside: within json-c, within
 * nghttp2 when it reads, where OpenSSL makes a connection's first state, where libcurl keeps
 * a TLS session, and within what OpenSSL and libcurl do once in a process and never again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct FailMalloc
{
	int64_t		pid;			/* of the process meant; 0: none */
	int64_t		first;			/* the allocation that fails, from 1 */
	int64_t		last;			/* the last that does */
	_Atomic int64_t count;		/* allocations so far */
	_Atomic int64_t failed;
} FailMalloc;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static FailMalloc *control;
static int64_t pid;
static __thread int spared;

static void
note_pid(void)
{
	pid = getpid();
}

__attribute__((constructor))
static void
begin(void)
{
	const char *path = getenv("FAIL_MALLOC");
	int			fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void	   *memory;

	if (fd < 0)
		return;
	memory = mmap(NULL, sizeof(FailMalloc), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	note_pid();
	pthread_atfork(NULL, NULL, note_pid);
	if (memory != MAP_FAILED)
		control = memory;
}

static int
fails(void)
{
	int64_t		n;

	if (control == NULL || control->pid != pid || spared)
		return 0;
	n = atomic_fetch_add(&control->count, 1) + 1;
	if (n < control->first || n > control->last)
		return 0;
	atomic_fetch_add(&control->failed, 1);
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

/*
 * What is spared.
 */

static void *
next_function(const char *library, const char *name)
{
	void	   *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
	void	   *function = handle ? dlsym(handle, name) : NULL;

	if (function == NULL)
		abort();
	dlclose(handle);
	return function;
}

#define SPARE(library, type, name, parameters, arguments) \
type name parameters; \
type name parameters \
{ \
	static type (*next) parameters; \
	type result; \
 \
	spared++; \
	if (next == NULL) \
		next = next_function(library, #name); \
	result = next arguments; \
	spared--; \
	return result; \
}

#define JSON_C "libjson-c.so.5"
#define CRYPTO "libcrypto.so.3"
#define NGHTTP2 "libnghttp2.so.14"

SPARE(JSON_C, void *, json_tokener_new_ex, (int depth), (depth))
SPARE(JSON_C, void *, json_tokener_parse_ex, (void *tokener, const char *text, int len), (tokener, text, len))
SPARE(JSON_C, const char *, json_object_get_string, (void *object), (object))

SPARE(NGHTTP2, ssize_t, nghttp2_session_mem_recv, (void *session, const uint8_t *bytes, size_t n), (session, bytes, n))
SPARE(NGHTTP2, ssize_t, nghttp2_session_mem_recv2, (void *session, const uint8_t *bytes, size_t n), (session, bytes, n))

/* From OpenSSL 3.2 on it cannot say that it failed, and the next call on the SSL crashes. */
void SSL_set_connect_state(void *ssl);
void
SSL_set_connect_state(void *ssl)
{
	static void (*next) (void *ssl);

	spared++;
	if (next == NULL)
		next = next_function("libssl.so.3", "SSL_set_connect_state");
	next(ssl);
	spared--;
}

/* Without memory to keep a session libcurl 7.88 frees the host's name, and once more with the next. */
typedef int (*NewSession) (void *ssl, void *session);

static NewSession keep_session;

static int
keep_session_spared(void *ssl, void *session)
{
	int			kept;

	spared++;
	kept = keep_session(ssl, session);
	spared--;
	return kept;
}

void SSL_CTX_sess_set_new_cb(void *context, NewSession callback);
void
SSL_CTX_sess_set_new_cb(void *context, NewSession callback)
{
	static void (*next) (void *context, NewSession callback);

	if (next == NULL)
		next = next_function("libssl.so.3", "SSL_CTX_sess_set_new_cb");
	if (callback)
		keep_session = callback;
	next(context, callback ? keep_session_spared : NULL);
}

SPARE("libc.so.6", int, pthread_once, (pthread_once_t *once, void (*function) (void)), (once, function))
SPARE("libcurl.so.4", int, curl_global_init, (long flags), (flags))

#define SPARE_FETCH(name) \
	SPARE(CRYPTO, void *, name, (void *context, const char *algorithm, const char *properties), \
		  (context, algorithm, properties))

SPARE_FETCH(EVP_MD_fetch)
SPARE_FETCH(EVP_CIPHER_fetch)
SPARE_FETCH(EVP_MAC_fetch)
SPARE_FETCH(EVP_KDF_fetch)
SPARE_FETCH(EVP_RAND_fetch)
SPARE_FETCH(EVP_KEYMGMT_fetch)
SPARE_FETCH(EVP_KEYEXCH_fetch)
SPARE_FETCH(EVP_SIGNATURE_fetch)
SPARE_FETCH(EVP_ASYM_CIPHER_fetch)
SPARE_FETCH(EVP_KEM_fetch)
SPARE_FETCH(OSSL_DECODER_fetch)
SPARE_FETCH(OSSL_ENCODER_fetch)
