/*
 * What spandsp's DTMF receiver hears. Reads sounds from standard input, each as
 *
 *     uint32  1: with the dial tone filter, 0: without
 *     uint32  number of samples
 *     int16   samples at 8000 Hz
 *
 * in the byte order of the machine, and answers each with a line of digits.
 * Sounds are fed 20 ms at a time, as in a call.
 */
#include <stdint.h>
#include <stdio.h>
#include <spandsp.h>

enum { FRAME = 160 };

static void heard(void *user, const char *digits, int len)
{
    (void) user;
    fwrite(digits, 1, len, stdout);
}

static int listen_to(uint32_t filter, uint32_t samples)
{
    dtmf_rx_state_t *rx = dtmf_rx_init(NULL, heard, NULL);
    int16_t frame[FRAME];

    if (rx == NULL)
        return -1;
    dtmf_rx_parms(rx, filter != 0, -1, -1, -99);
    while (samples > 0) {
        uint32_t n = samples < FRAME ? samples : FRAME;
        if (fread(frame, sizeof frame[0], n, stdin) != n)
            return -1;
        dtmf_rx(rx, frame, (int) n);
        samples -= n;
    }
    dtmf_rx_free(rx);
    putchar('\n');
    return fflush(stdout);
}

int main(void)
{
    uint32_t head[2];

    while (fread(head, sizeof head[0], 2, stdin) == 2)
        if (listen_to(head[0], head[1]) != 0)
            return 1;
    return 0;
}
