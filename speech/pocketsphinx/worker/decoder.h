/* One utterance after another, from telephone samples to words.
 *
 * While the speaker talks, a first pass decodes with the mean of what was heard
 * so far and gives partial texts. At the end a second pass decodes the part
 * with speech in it again, with the mean of all of it: that one is the answer.
 * Sound without speech is never decoded. */
#ifndef DECODER_H
#define DECODER_H

#include <stddef.h>

typedef struct decoder decoder_t;

/* decoder_open loads the acoustic model; NULL, with a message on standard
 * error, when it cannot. */
decoder_t *decoder_open(const char *model_dir);
void decoder_close(decoder_t *d);

/* decoder_begin starts an utterance, with a language model (ARPA) and a
 * dictionary of its words (CMU form), both files, kept loaded for the next one
 * of the same names. NULL on success, else what went wrong. */
const char *decoder_begin(decoder_t *d, const char *lm, const char *dict);

/* decoder_hear takes samples and returns the text so far when it has changed,
 * else NULL. What exceeds a minute is ignored. */
const char *decoder_hear(decoder_t *d, const short *pcm, size_t n);

/* decoder_end returns the text, "" when there was no speech, and how likely it
 * is to be right, 0 to 1. The text lives until the next call. */
const char *decoder_end(decoder_t *d, double *confidence);

/* decoder_cancel forgets the utterance. */
void decoder_cancel(decoder_t *d);

#endif
