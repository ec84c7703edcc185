#include "decoder.h"

#include <math.h>
#include <pocketsphinx.h>
#include <sphinxbase/err.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "band.h"

#define MAX_FRAMES 6000 /* a minute */
#define MAX_MODELS 8

/* What is speech, in frames of 10 ms and natural logarithms of power. */
#define MARGIN 25        /* kept before and after */
#define LEAST_SPEECH 12  /* less is a click */
#define ABOVE_FLOOR 2.5f /* 11 dB above the quietest tenth */
#define ABSOLUTE 8.5f    /* about -55 dB of full scale */
#define DEPTH 8.0f       /* sounds 35 dB below the loudest are noise */

/* How much more than the noise is taken away, and how much is left at least. */
#define OVER 1.5f
#define LEFT 0.05f

/* When the first pass starts and how often it is asked, frames. */
#define FIRST_LOOK 40
#define LOOK_AGAIN 10

struct decoder {
    ps_decoder_t *ps;
    cmd_ln_t *config;
    mel_t mel;
    band_t *band;
    char *models[MAX_MODELS]; /* names of loaded language models, newest first */

    float frame[MAX_FRAMES][MEL_LOW];
    float energy[MAX_FRAMES]; /* mean of the frame's */
    float sorted[MAX_FRAMES];
    float wide[MAX_FRAMES][CEPSTRA];
    float noise[MEL_LOW]; /* power of the bands in the quietest frames */
    int frames;
    short tail[MEL_WINDOW]; /* samples that do not fill a window yet */
    int tailed;

    int streaming, next, asked; /* the first pass: on, its next frame, when last asked */
    int from;
    double sum[MEL_LOW], cepstra[CEPSTRA];
    float loudest;
    char text[4096];
};

static void complain(void *unused, err_lvl_t level, const char *format, ...) {
    va_list args;
    (void)unused;
    if (level < ERR_ERROR)
        return;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

/* configure names the model's files one by one: given their directory only,
 * pocketsphinx reads its feat.params too, which overrides what is set here and
 * has the features normalised a second time.
 * The beams are wider than its own and look-ahead is off: with guessed upper
 * bands the right word often starts out behind. */
static cmd_ln_t *configure(const char *dir) {
    static const char *const names[] = {"mdef", "means", "variances", "transition_matrices", "sendump", "noisedict"};
    char path[6][4096];
    for (int i = 0; i < 6; i++)
        snprintf(path[i], sizeof path[i], "%s/%s", dir, names[i]);
    return cmd_ln_init(NULL, ps_args(), TRUE, "-mdef", path[0], "-mean", path[1], "-var", path[2], "-tmat", path[3],
                       "-sendump", path[4], "-fdict", path[5], "-feat", "1s_c_d_dd", "-svspec", "0-12/13-25/26-38",
                       "-cmn", "none", "-agc", "none", "-varnorm", "no", "-lw", "10", "-fwdflatlw", "12",
                       "-bestpathlw", "12", "-fwdflatefwid", "2", "-beam", "1e-80", "-wbeam", "1e-48", "-topn", "8",
                       "-pl_window", "0", NULL);
}

decoder_t *decoder_open(const char *dir) {
    decoder_t *d = calloc(1, sizeof *d);
    err_set_logfp(NULL);
    err_set_callback(complain, NULL);
    mel_init(&d->mel);
    d->band = band_open(dir);
    d->config = configure(dir);
    if (d->band && d->config)
        d->ps = ps_init(d->config);
    if (d->ps)
        return d;
    decoder_close(d);
    return NULL;
}

void decoder_close(decoder_t *d) {
    if (d->ps)
        ps_free(d->ps);
    if (d->config)
        cmd_ln_free_r(d->config);
    for (int i = 0; i < MAX_MODELS; i++)
        free(d->models[i]);
    band_close(d->band);
    free(d);
}

static void drop_model(decoder_t *d, int i) {
    if (!d->models[i])
        return;
    ps_unset_search(d->ps, d->models[i]);
    free(d->models[i]);
    d->models[i] = NULL;
}

/* learn adds the dictionary's unknown words. Adding one to a decoder adds it to
 * every loaded language model too, as if it were in them; so those are dropped
 * first. Words accumulate, so this happens once per menu. */
static const char *learn(decoder_t *d, const char *path) {
    char line[1024];
    FILE *f = fopen(path, "r");
    if (!f)
        return "cannot open the dictionary";
    const char *problem = NULL;
    while (!problem && fgets(line, sizeof line, f)) {
        char *phones = strchr(line, ' ');
        if (!phones)
            continue;
        *phones++ = 0;
        phones[strcspn(phones, "\n")] = 0;
        char *known = ps_lookup_word(d->ps, line);
        if (known) {
            ckd_free(known);
            continue;
        }
        for (int i = 0; i < MAX_MODELS; i++)
            drop_model(d, i);
        if (ps_add_word(d->ps, line, phones, FALSE) < 0)
            problem = "cannot add a word of the dictionary";
    }
    fclose(f);
    return problem;
}

static const char *load(decoder_t *d, const char *lm, const char *dict) {
    int i = 0;
    while (i < MAX_MODELS - 1 && d->models[i] && strcmp(d->models[i], lm))
        i++;
    if (d->models[i] && !strcmp(d->models[i], lm)) {
        char *name = d->models[i];
        memmove(d->models + 1, d->models, i * sizeof *d->models);
        d->models[0] = name;
        return ps_set_search(d->ps, lm) ? "cannot use the language model" : NULL;
    }
    const char *problem = learn(d, dict);
    if (problem)
        return problem;
    if (ps_set_lm_file(d->ps, lm, lm))
        return "cannot load the language model";
    drop_model(d, MAX_MODELS - 1);
    memmove(d->models + 1, d->models, (MAX_MODELS - 1) * sizeof *d->models);
    d->models[0] = strdup(lm);
    return ps_set_search(d->ps, lm) ? "cannot use the language model" : NULL;
}

const char *decoder_begin(decoder_t *d, const char *lm, const char *dict) {
    decoder_cancel(d);
    return load(d, lm, dict);
}

void decoder_cancel(decoder_t *d) {
    if (d->streaming)
        ps_end_utt(d->ps);
    d->frames = d->tailed = d->streaming = d->next = d->asked = 0;
    d->text[0] = 0;
}

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* find_speech finds the frames from the first to the last speech, with margins;
 * 0 when there is none. */
static int find_speech(decoder_t *d, int *from, int *to) {
    int first = -1, last = -1, count = 0;
    if (d->frames == 0)
        return 0;
    memcpy(d->sorted, d->energy, d->frames * sizeof *d->sorted);
    qsort(d->sorted, d->frames, sizeof *d->sorted, ascending);
    float least = fmaxf(d->sorted[d->frames / 10] + ABOVE_FLOOR, ABSOLUTE);
    for (int t = 2; t < d->frames - 2; t++) {
        int loud = 0;
        for (int i = t - 2; i <= t + 2; i++)
            loud += d->energy[i] > least;
        if (loud < 3)
            continue;
        count++;
        last = t;
        if (first < 0)
            first = t;
    }
    *from = first - MARGIN > 0 ? first - MARGIN : 0;
    *to = last + MARGIN < d->frames ? last + MARGIN : d->frames - 1;
    return count >= LEAST_SPEECH;
}

/* learn_noise takes the quietest tenth of the frames for noise that is there all
 * the while. find_speech has sorted the energies. */
static void learn_noise(decoder_t *d) {
    float most = d->sorted[d->frames / 10];
    int n = 0;
    memset(d->noise, 0, sizeof d->noise);
    for (int t = 0; t < d->frames; t++) {
        if (d->energy[t] > most)
            continue;
        for (int j = 0; j < MEL_LOW; j++)
            d->noise[j] += expf(d->frame[t][j]);
        n++;
    }
    for (int j = 0; j < MEL_LOW; j++)
        d->noise[j] /= (float)(n ? n : 1);
}

/* clean is an energy without the noise: spectral subtraction, which leaves some of
 * it so that what was little more than noise does not come and go. */
static float clean(const decoder_t *d, int t, int j) {
    float power = expf(d->frame[t][j]);
    return logf(fmaxf(power - OVER * d->noise[j], LEFT * power));
}

/* lifted is an energy with the noise floor under it. */
static float lifted(float energy, float loudest) {
    float floor = loudest - DEPTH - 2; /* the loudest frame's mean, and its bands' spread */
    return energy > floor + 10 ? energy : floor + log1pf(expf(energy - floor));
}

/* widen turns frame t into cepstra, its energies normalised by sums over n frames. */
static void widen(decoder_t *d, int t, const double *sum, int n, float loudest) {
    float low[MEL_LOW];
    for (int j = 0; j < MEL_LOW; j++)
        low[j] = lifted(clean(d, t, j), loudest) - (float)(sum[j] / n);
    band_widen(d->band, low, d->wide[t]);
}

/* decode feeds frame t. Guessing bends the mean a little; it is set right by
 * sums of cepstra over n frames. */
static void decode(decoder_t *d, int t, const double *sum, int n) {
    mfcc_t centred[CEPSTRA], *row = centred;
    for (int i = 0; i < CEPSTRA; i++)
        centred[i] = d->wide[t][i] - (float)(sum[i] / n);
    ps_process_cep(d->ps, &row, 1, FALSE, FALSE);
}

static void add(double *sum, const float *cepstra) {
    for (int i = 0; i < CEPSTRA; i++)
        sum[i] += cepstra[i];
}

static void tally(decoder_t *d, int t, float loudest, double *sum) {
    for (int j = 0; j < MEL_LOW; j++)
        sum[j] += lifted(clean(d, t, j), loudest);
}

/* look_now starts the first pass once there is speech, and carries it on. */
static const char *look_now(decoder_t *d) {
    int from, to;
    if (!d->streaming) {
        if (d->frames - d->asked < LOOK_AGAIN)
            return NULL;
        d->asked = d->frames;
        if (!find_speech(d, &from, &to) || d->frames - from < FIRST_LOOK + MARGIN || ps_start_utt(d->ps) < 0)
            return NULL;
        d->streaming = 1;
        learn_noise(d);
        d->from = d->next = from;
        d->loudest = -INFINITY;
        memset(d->sum, 0, sizeof d->sum);
        memset(d->cepstra, 0, sizeof d->cepstra);
        for (int t = from; t < d->frames; t++)
            d->loudest = fmaxf(d->loudest, d->energy[t]);
        for (int t = from; t < d->frames; t++)
            tally(d, t, d->loudest, d->sum);
        for (int t = from; t < d->frames; t++) {
            widen(d, t, d->sum, d->frames - from, d->loudest);
            add(d->cepstra, d->wide[t]);
        }
        for (; d->next < d->frames; d->next++)
            decode(d, d->next, d->cepstra, d->frames - from);
    }
    for (; d->next < d->frames; d->next++) {
        d->loudest = fmaxf(d->loudest, d->energy[d->next]);
        tally(d, d->next, d->loudest, d->sum);
        widen(d, d->next, d->sum, d->next + 1 - d->from, d->loudest);
        add(d->cepstra, d->wide[d->next]);
        decode(d, d->next, d->cepstra, d->next + 1 - d->from);
    }
    if (d->frames - d->asked < LOOK_AGAIN)
        return NULL;
    d->asked = d->frames;
    const char *hyp = ps_get_hyp(d->ps, NULL);
    if (!hyp || !*hyp || !strcmp(hyp, d->text))
        return NULL;
    snprintf(d->text, sizeof d->text, "%s", hyp);
    return d->text;
}

const char *decoder_hear(decoder_t *d, const short *pcm, size_t n) {
    while (n > 0) {
        size_t part = MEL_WINDOW - d->tailed;
        if (part > n)
            part = n;
        memcpy(d->tail + d->tailed, pcm, part * sizeof *pcm);
        d->tailed += (int)part;
        pcm += part;
        n -= part;
        if (d->tailed < MEL_WINDOW)
            break;
        if (d->frames < MAX_FRAMES) {
            float *out = d->frame[d->frames], sum = 0;
            mel_frame(&d->mel, d->tail, out);
            for (int j = 0; j < MEL_LOW; j++)
                sum += out[j];
            d->energy[d->frames++] = sum / MEL_LOW;
        }
        memmove(d->tail, d->tail + MEL_SHIFT, (MEL_WINDOW - MEL_SHIFT) * sizeof *d->tail);
        d->tailed = MEL_WINDOW - MEL_SHIFT;
    }
    return look_now(d);
}

/* confidence maps the posterior of the words, per word, to how often a text of
 * that posterior was right: a logistic fit over 240 sentences of a menu and 80
 * others, spoken by espeak-ng in five voices through G.711. */
static double confidence(decoder_t *d) {
    int words = 0;
    for (const char *p = d->text; *p; p++)
        words += *p != ' ' && (p == d->text || p[-1] == ' ');
    if (words == 0)
        return 0;
    double log_posterior = ps_get_prob(d->ps) * log(1.0001);
    return 1 / (1 + exp(-(5.25 + 4.43 * log_posterior / words)));
}

const char *decoder_end(decoder_t *d, double *sure) {
    int from, to;
    *sure = 0;
    if (d->streaming)
        ps_end_utt(d->ps);
    d->streaming = 0;
    d->text[0] = 0;
    if (find_speech(d, &from, &to) && ps_start_utt(d->ps) == 0) {
        double sum[MEL_LOW] = {0}, cepstra[CEPSTRA] = {0};
        float loudest = -INFINITY;
        learn_noise(d);
        for (int t = from; t <= to; t++)
            loudest = fmaxf(loudest, d->energy[t]);
        for (int t = from; t <= to; t++)
            tally(d, t, loudest, sum);
        for (int t = from; t <= to; t++) {
            widen(d, t, sum, to + 1 - from, loudest);
            add(cepstra, d->wide[t]);
        }
        for (int t = from; t <= to; t++)
            decode(d, t, cepstra, to + 1 - from);
        ps_end_utt(d->ps);
        const char *hyp = ps_get_hyp(d->ps, NULL);
        snprintf(d->text, sizeof d->text, "%s", hyp ? hyp : "");
        *sure = confidence(d);
    }
    d->frames = d->tailed = 0;
    return d->text;
}
