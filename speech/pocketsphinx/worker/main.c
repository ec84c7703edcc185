/* trunkline-pocketsphinx recognises telephone speech with pocketsphinx, as a
 * worker process of Trunkline. The protocol on its standard input and output is
 * described in speech/worker/doc.go; an utterance's start frame names two files:
 *
 *     {"id":1,"language":"en-US","lm":"menu.arpa","dict":"menu.dict"}
 *
 * Usage: trunkline-pocketsphinx [MODEL-DIRECTORY]
 *
 * Built by: gcc -O2 -o trunkline-pocketsphinx *.c $(pkg-config --cflags --libs pocketsphinx sphinxbase) -lm */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"
#include "json.h"

#define DEFAULT_MODEL "/usr/share/pocketsphinx/model/en-us/en-us"
#define MAX_FRAME (1u << 20)

static unsigned char payload[MAX_FRAME];
static unsigned long long id;
static int broken = 1; /* no utterance was started, or it could not be */

static void say_problem(const char *what, const char *about) {
    char text[4600];
    snprintf(text, sizeof text, "%s%s%s", what, *about ? ": " : "", about);
    printf("{\"id\":%llu,\"error\":", id);
    json_write(stdout, text);
    puts("}");
}

static void start(decoder_t *d, const char *head, size_t n) {
    static char lm[4096], dict[4096];
    broken = 1;
    if (json_number(head, n, "id", &id)) {
        puts("{\"error\":\"start frame without an id\"}");
        return;
    }
    if (json_string(head, n, "lm", lm, sizeof lm) || json_string(head, n, "dict", dict, sizeof dict)) {
        say_problem("start frame without lm or dict", "");
        return;
    }
    const char *problem = decoder_begin(d, lm, dict);
    if (problem) {
        say_problem(problem, lm);
        return;
    }
    broken = 0;
    printf("{\"id\":%llu,\"started\":true}\n", id);
}

static void hear(decoder_t *d, size_t n) {
    static short pcm[MAX_FRAME / 2];
    if (broken)
        return;
    for (size_t i = 0; i < n / 2; i++)
        pcm[i] = (short)(uint16_t)(payload[2 * i] | payload[2 * i + 1] << 8);
    /* A tenth of a second at a time, so that a large frame gives partials too. */
    for (size_t at = 0; at < n / 2; at += 800) {
        size_t part = n / 2 - at < 800 ? n / 2 - at : 800;
        const char *text = decoder_hear(d, pcm + at, part);
        if (!text)
            continue;
        printf("{\"id\":%llu,\"partial\":", id);
        json_write(stdout, text);
        puts("}");
        fflush(stdout);
    }
}

static void end(decoder_t *d) {
    double sure;
    if (broken)
        return;
    const char *text = decoder_end(d, &sure);
    printf("{\"id\":%llu,\"final\":", id);
    json_write(stdout, text);
    printf(",\"confidence\":%.3f}\n", sure);
}

/* obey carries out one frame; 0 when the input has ended or makes no sense. */
static int obey(decoder_t *d) {
    unsigned char h[5];
    if (fread(h, 1, sizeof h, stdin) != sizeof h)
        return 0;
    uint32_t n = h[1] | h[2] << 8 | h[3] << 16 | (uint32_t)h[4] << 24;
    if (n > MAX_FRAME || fread(payload, 1, n, stdin) != n) {
        fprintf(stderr, "frame %c of %u bytes: too long or cut off\n", h[0], n);
        return 0;
    }
    switch (h[0]) {
    case 's':
        start(d, (const char *)payload, n);
        break;
    case 'a':
        hear(d, n);
        break;
    case 'e':
        end(d);
        break;
    case 'c':
        decoder_cancel(d);
        printf("{\"id\":%llu,\"cancelled\":true}\n", id);
        break;
    default:
        fprintf(stderr, "frame of unknown kind %d\n", h[0]);
        return 0;
    }
    return fflush(stdout) == 0;
}

int main(int argc, char **argv) {
    const char *model = argc > 1 ? argv[1] : DEFAULT_MODEL;
    decoder_t *d = decoder_open(model);
    if (!d) {
        fprintf(stderr, "cannot load the acoustic model %s\n", model);
        return 1;
    }
    puts("{\"ready\":\"pocketsphinx\"}");
    fflush(stdout);
    while (obey(d))
        ;
    decoder_close(d);
    return feof(stdin) ? 0 : 1;
}
