/*
 * similar.c
 *		What a word that nobody knows may be meant for.
 */
#include "postgres.h"

#include "option/internal.h"

#include "utils/formatting.h"
#include "utils/varlena.h"

/* A word that differs by so many letters from a name may be meant for it. */
#define NEAR_MISS_MAX 4

static int
letters_apart(const char *word, const char *name, int most)
{
	char	   *lower = asc_tolower(name, strlen(name));

	return varstr_levenshtein_less_equal(word, (int) strlen(word), lower, (int) strlen(lower),
										 1, 1, 1, most, true);
}

const char *
tuya_option_find_similar(const char *word, List *names)
{
	int			len = (int) strlen(word);
	int			best = Min(NEAR_MISS_MAX, len / 2) + 1;
	const char *lower = asc_tolower(word, len);
	const char *similar = NULL;
	ListCell   *lc;

	/* what the function above takes */
	if (len > NAMEDATALEN)
		return NULL;
	foreach(lc, names)
	{
		int			distance = letters_apart(lower, lfirst(lc), best);

		if (distance >= best)
			continue;
		best = distance;
		similar = lfirst(lc);
	}
	return similar;
}
