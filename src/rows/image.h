/*
 * image.h
 *		A lookup that is done as bytes, for other statements.
 *
 * Its rows are in there as the store has them, so that nothing is parsed or packed again.
 */
#ifndef TUYA_IMAGE_H
#define TUYA_IMAGE_H

#include "postgres.h"

#include "rows/lookup.h"

/*
 * Whether the lookup has just become such that another statement may go by it: all rows are
 * here and have been kept whole, and the service has proved that there are no others, without
 * errors that were ignored.  Once, with tuya_image_make().
 */
extern bool tuya_image_is_due(const TuyaLookup *lookup);

/*
 * The image, palloc'ed, and its size; NULL if there is no memory for it.  The lookup's rows
 * need not be kept any more.
 */
extern char *tuya_image_make(TuyaLookup *lookup, Size *len);

/*
 * A new lookup is done, with the rows of an image that was palloc'ed in the memory context of
 * its store, which takes it over.  False if it is none of this lookup's action.
 */
extern bool tuya_image_restore(TuyaLookup *lookup, char *image, Size len);

#endif							/* TUYA_IMAGE_H */
