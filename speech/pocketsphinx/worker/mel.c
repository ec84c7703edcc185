#include "mel.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#define FFT 256
#define BIN_HZ 31.25 /* 8000 / FFT, and 16000 / 512 in the model's front end */
#define LOWEST 130.0
#define HIGHEST 6800.0
#define PREEMPHASIS 0.97

static double to_mel(double hz) { return 2595 * log10(1 + hz / 700); }
static double to_hz(double mel) { return 700 * (pow(10, mel / 2595) - 1); }

void mel_init(mel_t *m) {
    double low = to_mel(LOWEST), step = (to_mel(HIGHEST) - low) / (MEL_FILTERS + 1);
    memset(m, 0, sizeof *m);
    for (int i = 0; i < MEL_LOW; i++) {
        double edge[3]; /* rounded to bins, as sphinxbase does */
        for (int j = 0; j < 3; j++)
            edge[j] = floor(to_hz(low + (i + j) * step) / BIN_HZ + 0.5) * BIN_HZ;
        double height = 2 / (edge[2] - edge[0]); /* unit area */
        for (int k = 0; k < MEL_BINS; k++) {
            double hz = k * BIN_HZ;
            double up = (hz - edge[0]) / (edge[1] - edge[0]), down = (edge[2] - hz) / (edge[2] - edge[1]);
            m->filter[i][k] = (float)(height * fmax(0, fmin(up, down)));
        }
    }
    for (int i = 0; i < MEL_WINDOW; i++)
        m->window[i] = (float)(0.54 - 0.46 * cos(2 * M_PI * i / (MEL_WINDOW - 1)));
    /* Pre-emphasis y[n] = x[n] - a x[n-1] at 16 kHz, done on the spectrum; the
     * factor 4 is for the twice as many samples the model's window holds. */
    for (int k = 0; k < MEL_BINS; k++)
        m->tilt[k] = (float)(4 * (1 + PREEMPHASIS * PREEMPHASIS - 2 * PREEMPHASIS * cos(2 * M_PI * k * BIN_HZ / 16000)));
}

static void fft(float complex *x) {
    for (int i = 1, j = 0; i < FFT; i++) {
        int bit = FFT >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            float complex t = x[i];
            x[i] = x[j];
            x[j] = t;
        }
    }
    for (int len = 2; len <= FFT; len <<= 1) {
        float complex turn = cexpf(-2 * (float)M_PI * I / len), w = 1;
        for (int k = 0; k < len / 2; k++, w *= turn)
            for (int i = k; i < FFT; i += len) {
                float complex u = x[i], v = x[i + len / 2] * w;
                x[i] = u + v;
                x[i + len / 2] = u - v;
            }
    }
}

void mel_frame(const mel_t *m, const short *pcm, float *out) {
    float complex x[FFT] = {0};
    float power[MEL_BINS];
    for (int i = 0; i < MEL_WINDOW; i++)
        x[i] = pcm[i] * m->window[i];
    fft(x);
    for (int k = 0; k < MEL_BINS; k++)
        power[k] = (crealf(x[k]) * crealf(x[k]) + cimagf(x[k]) * cimagf(x[k])) * m->tilt[k];
    for (int i = 0; i < MEL_LOW; i++) {
        float sum = 1e-4f;
        for (int k = 0; k < MEL_BINS; k++)
            sum += m->filter[i][k] * power[k];
        out[i] = logf(sum);
    }
}
