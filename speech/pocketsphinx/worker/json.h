/* As much JSON as the worker's protocol needs: one flat object in, lines out. */
#ifndef JSON_H
#define JSON_H

#include <stddef.h>
#include <stdio.h>

/* json_string finds key in the flat object text[0..n) and copies its string
 * value, unescaped, to out. It returns 0 on success, -1 when the key is absent,
 * not a string, too long, or the text is not an object. */
int json_string(const char *text, size_t n, const char *key, char *out, size_t size);

/* json_number does the same for a non-negative whole number. */
int json_number(const char *text, size_t n, const char *key, unsigned long long *out);

/* json_write writes s as a JSON string. */
void json_write(FILE *f, const char *s);

#endif
