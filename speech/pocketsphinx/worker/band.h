/* Cepstra of a wide band from mel energies of a narrow one.
 *
 * The acoustic model was trained on 16 kHz speech and expects cepstra of its
 * whole band; a telephone line carries the lower half. Leaving the upper half
 * empty, or filling it with anything simple, makes every sound look like a
 * different one. But the model itself knows how the halves go together: each of
 * its Gaussians is a piece of real wide-band speech. So, for every frame,
 *
 *     y = H c + noise,   c ~ sum over k of N(mean_k, variance_k) / K
 *
 * where c are the cepstra, y the narrow band's mel energies and H the low rows
 * of the inverse cosine transform; the answer is the mean of c given y. Nothing
 * is trained and nothing shipped: it works for any model of this feature type.
 * The noise stands for what 13 cepstra do not describe. */
#ifndef BAND_H
#define BAND_H

#include "mel.h"

#define CEPSTRA 13

typedef struct band band_t;

/* band_open reads the model's "means" and "variances"; NULL, with a message on
 * standard error, when they are not of the kind expected. */
band_t *band_open(const char *model_dir);
void band_close(band_t *b);

/* band_widen takes MEL_LOW energies less their mean over the utterance, and
 * writes CEPSTRA cepstra as the model expects them: mean zero, liftered. */
void band_widen(band_t *b, const float *low, float *cepstra);

#endif
