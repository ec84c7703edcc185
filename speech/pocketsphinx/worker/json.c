#include "json.h"

#include <ctype.h>
#include <string.h>

typedef struct {
    const char *p, *end;
} scan_t;

static void blanks(scan_t *s) {
    while (s->p < s->end && isspace((unsigned char)*s->p))
        s->p++;
}

static int take(scan_t *s, char c) {
    blanks(s);
    if (s->p >= s->end || *s->p != c)
        return 0;
    s->p++;
    return 1;
}

/* put_utf8 writes a code point of the basic plane. */
static size_t put_utf8(char *out, unsigned c) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | c >> 12);
    out[1] = (char)(0x80 | (c >> 6 & 0x3f));
    out[2] = (char)(0x80 | (c & 0x3f));
    return 3;
}

/* string reads a string to out, which may be NULL; -1 when broken or too long. */
static int string(scan_t *s, char *out, size_t size) {
    char buf[4];
    size_t n = 0;
    if (!take(s, '"'))
        return -1;
    while (s->p < s->end && *s->p != '"') {
        size_t len = 1;
        buf[0] = *s->p++;
        if (buf[0] == '\\') {
            static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
            const char *at;
            if (s->p >= s->end)
                return -1;
            char c = *s->p++;
            if (c == 'u') {
                char hex[5] = {0};
                unsigned code;
                if (s->end - s->p < 4)
                    return -1;
                memcpy(hex, s->p, 4);
                s->p += 4;
                if (sscanf(hex, "%4x", &code) != 1)
                    return -1;
                len = put_utf8(buf, code);
            } else if (c && (at = strchr(from, c))) {
                buf[0] = to[at - from];
            } else {
                return -1;
            }
        }
        if (out) {
            if (n + len >= size)
                return -1;
            memcpy(out + n, buf, len);
        }
        n += len;
    }
    if (out)
        out[n] = 0;
    return take(s, '"') ? 0 : -1;
}

/* seek moves to the value of key. */
static int seek(scan_t *s, const char *key) {
    char name[64];
    if (!take(s, '{'))
        return -1;
    do {
        if (string(s, name, sizeof name) || !take(s, ':'))
            return -1;
        blanks(s);
        if (!strcmp(name, key))
            return 0;
        if (s->p < s->end && *s->p == '"') {
            if (string(s, NULL, 0))
                return -1;
        } else {
            while (s->p < s->end && *s->p != ',' && *s->p != '}')
                s->p++;
        }
    } while (take(s, ','));
    return -1;
}

int json_string(const char *text, size_t n, const char *key, char *out, size_t size) {
    scan_t s = {text, text + n};
    return seek(&s, key) ? -1 : string(&s, out, size);
}

int json_number(const char *text, size_t n, const char *key, unsigned long long *out) {
    scan_t s = {text, text + n};
    if (seek(&s, key) || s.p >= s.end || !isdigit((unsigned char)*s.p))
        return -1;
    for (*out = 0; s.p < s.end && isdigit((unsigned char)*s.p); s.p++)
        *out = *out * 10 + (unsigned)(*s.p - '0');
    return 0;
}

void json_write(FILE *f, const char *s) {
    fputc('"', f);
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            fprintf(f, "\\%c", *s);
        else if ((unsigned char)*s < ' ')
            fprintf(f, "\\u%04x", *s);
        else
            fputc(*s, f);
    }
    fputc('"', f);
}
