#include "band.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIFTER 22
#define NOISE 1.5     /* variance; found by trial over 0.5 to 8 */
#define LEAST 1e-3f   /* Gaussians less likely than this, against the best, do not count */
#define LOW MEL_LOW

typedef struct {
    float mean[CEPSTRA], variance[CEPSTRA];
    float low[LOW];           /* H mean */
    float inverse[LOW][LOW];  /* of the covariance of y */
    float bias;               /* half its logarithmic determinant */
    float score;              /* scratch: log likelihood of the frame */
} gaussian_t;

struct band {
    int n;
    gaussian_t *g;
    float transform[CEPSTRA][LOW]; /* H, transposed */
    float lifter[CEPSTRA];
};

/* read_gaussians reads a Sphinx-3 parameter file: [codebook][feature][density][value]. */
static float *read_gaussians(const char *dir, const char *name, int32_t shape[3]) {
    char path[4096], line[256];
    int32_t magic, lengths[8], total;
    float *values = NULL;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return NULL;
    }
    while (fgets(line, sizeof line, f) && !strstr(line, "endhdr"))
        ;
    int ok = fread(&magic, 4, 1, f) == 1 && magic == 0x11223344 && fread(shape, 4, 3, f) == 3
          && shape[0] > 0 && shape[0] < 10000 && shape[1] > 0 && shape[1] <= 8 && shape[2] > 0 && shape[2] < 10000
          && fread(lengths, 4, shape[1], f) == (size_t)shape[1] && fread(&total, 4, 1, f) == 1;
    for (int i = 0; ok && i < shape[1]; i++)
        ok = lengths[i] == CEPSTRA;
    ok = ok && (int64_t)total == (int64_t)shape[0] * shape[1] * shape[2] * CEPSTRA;
    if (ok && (values = malloc(sizeof(float) * total)) && fread(values, 4, total, f) != (size_t)total) {
        free(values);
        values = NULL;
    }
    fclose(f);
    if (!values)
        fprintf(stderr, "%s: not Gaussians of %d cepstra in separate streams\n", path, CEPSTRA);
    return values;
}

/* invert replaces nothing: it writes a's inverse and returns half log |a|. */
static double invert(double a[LOW][LOW], float out[LOW][LOW]) {
    double w[LOW][2 * LOW], logdet = 0;
    for (int i = 0; i < LOW; i++)
        for (int j = 0; j < LOW; j++) {
            w[i][j] = a[i][j];
            w[i][LOW + j] = i == j;
        }
    for (int i = 0; i < LOW; i++) { /* positive definite: no pivoting needed */
        double d = w[i][i];
        logdet += log(d);
        for (int j = 0; j < 2 * LOW; j++)
            w[i][j] /= d;
        for (int k = 0; k < LOW; k++) {
            double f = w[k][i];
            for (int j = 0; k != i && j < 2 * LOW; j++)
                w[k][j] -= f * w[i][j];
        }
    }
    for (int i = 0; i < LOW; i++)
        for (int j = 0; j < LOW; j++)
            out[i][j] = (float)w[i][LOW + j];
    return logdet / 2;
}

static void prepare(const band_t *b, gaussian_t *g, const float *mean, const float *variance) {
    double cov[LOW][LOW];
    for (int i = 0; i < CEPSTRA; i++) {
        g->mean[i] = mean[i] / b->lifter[i];
        g->variance[i] = fmaxf(variance[i] / (b->lifter[i] * b->lifter[i]), 1e-4f);
    }
    for (int j = 0; j < LOW; j++) {
        g->low[j] = 0;
        for (int i = 0; i < CEPSTRA; i++)
            g->low[j] += b->transform[i][j] * g->mean[i];
        for (int k = 0; k < LOW; k++) {
            cov[j][k] = j == k ? NOISE : 0;
            for (int i = 0; i < CEPSTRA; i++)
                cov[j][k] += b->transform[i][j] * g->variance[i] * b->transform[i][k];
        }
    }
    g->bias = (float)invert(cov, g->inverse);
}

band_t *band_open(const char *dir) {
    int32_t shape[3], shape2[3];
    float *means = read_gaussians(dir, "means", shape), *variances = NULL;
    if (means)
        variances = read_gaussians(dir, "variances", shape2);
    band_t *b = NULL;
    if (variances && !memcmp(shape, shape2, sizeof shape) && (b = calloc(1, sizeof *b))) {
        b->n = shape[0] * shape[2];
        b->g = calloc(b->n, sizeof *b->g);
        for (int i = 0; i < CEPSTRA; i++) {
            b->lifter[i] = (float)(1 + LIFTER / 2 * sin(i * M_PI / LIFTER));
            for (int j = 0; j < LOW; j++)
                b->transform[i][j] = (float)(cos(M_PI * i * (j + 0.5) / MEL_FILTERS) * sqrt((i ? 2.0 : 1.0) / MEL_FILTERS));
        }
        for (int k = 0; k < b->n; k++) { /* the first stream: cepstra, not their slopes */
            size_t at = ((size_t)(k / shape[2]) * shape[1] * shape[2] + k % shape[2]) * CEPSTRA;
            prepare(b, &b->g[k], means + at, variances + at);
        }
    }
    free(means);
    free(variances);
    return b;
}

void band_close(band_t *b) {
    if (b)
        free(b->g);
    free(b);
}

/* solve writes inverse * (y - low) to r and returns the frame's log likelihood. */
__attribute__((optimize("O3,fast-math")))
static float solve(const gaussian_t *g, const float *y, float *r) {
    float d[LOW], q = 0;
    for (int j = 0; j < LOW; j++) {
        d[j] = y[j] - g->low[j];
        r[j] = 0;
    }
    for (int k = 0; k < LOW; k++) /* symmetric, so rows will do for columns */
        for (int j = 0; j < LOW; j++)
            r[j] += g->inverse[k][j] * d[k];
    for (int j = 0; j < LOW; j++)
        q += d[j] * r[j];
    return -0.5f * q - g->bias;
}

void band_widen(band_t *b, const float *y, float *out) {
    float r[LOW], best = -INFINITY;
    double sum[CEPSTRA] = {0}, weight = 0;
    for (int k = 0; k < b->n; k++) {
        b->g[k].score = solve(&b->g[k], y, r);
        best = fmaxf(best, b->g[k].score);
    }
    for (int k = 0; k < b->n; k++) {
        gaussian_t *g = &b->g[k];
        float p = expf(g->score - best);
        if (p < LEAST)
            continue;
        solve(g, y, r);
        weight += p;
        for (int i = 0; i < CEPSTRA; i++) {
            float shift = 0;
            for (int j = 0; j < LOW; j++)
                shift += b->transform[i][j] * r[j];
            sum[i] += p * (g->mean[i] + g->variance[i] * shift);
        }
    }
    for (int i = 0; i < CEPSTRA; i++)
        out[i] = (float)(sum[i] / weight) * b->lifter[i];
}
