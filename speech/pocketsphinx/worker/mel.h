/* Telephone samples to logarithmic mel energies, ten milliseconds at a time.
 *
 * The filters are those of the acoustic model's front end (16 kHz, 25 filters
 * from 130 to 6800 Hz), of which an 8 kHz line can fill the first MEL_LOW; the
 * rest is guessed by band.c. Computed at 8 kHz, the low ones have the same
 * values as if the line had been recorded at 16 kHz. */
#ifndef MEL_H
#define MEL_H

#define MEL_FILTERS 25
#define MEL_LOW 18    /* those that end below 3700 Hz */
#define MEL_WINDOW 205 /* samples: 25.6 ms */
#define MEL_SHIFT 80   /* samples: 10 ms */
#define MEL_BINS 129

typedef struct {
    float filter[MEL_LOW][MEL_BINS];
    float window[MEL_WINDOW];
    float tilt[MEL_BINS]; /* the model's pre-emphasis, as power */
} mel_t;

void mel_init(mel_t *m);

/* mel_frame reads MEL_WINDOW samples and writes MEL_LOW values. */
void mel_frame(const mel_t *m, const short *pcm, float *out);

#endif
