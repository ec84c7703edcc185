/* Writes libsrtp.txt: packets as libsrtp 2 protects them, plain and protected, for the
 * four suites, over a roll-over of the sequence number. To make it anew (Debian: libsrtp2-dev):
 *   gcc libsrtp.c -lsrtp2 -o /tmp/vectors && /tmp/vectors > libsrtp.txt
 */
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(srtp_err_status_t status) {
	if (status) {
		fprintf(stderr, "libsrtp: error %d\n", status);
		exit(1);
	}
}

static void hex(const unsigned char *bytes, int n) {
	printf(" ");
	for (int i = 0; i < n; i++)
		printf("%02x", bytes[i]);
}

static void packet(srtp_t session, const char *suite, int rtcp, const unsigned char *plain, int n) {
	unsigned char secret[2048];
	int length = n;
	memcpy(secret, plain, n);
	check(rtcp ? srtp_protect_rtcp(session, secret, &length) : srtp_protect(session, secret, &length));
	printf("%s %s", suite, rtcp ? "rtcp" : "rtp");
	hex(plain, n);
	hex(secret, length);
	printf("\n");
}

static void vectors(const char *suite, int key_length, srtp_crypto_policy_t rtp, srtp_crypto_policy_t rtcp) {
	unsigned char key[46], plain[512];
	srtp_policy_t policy;
	srtp_t session;
	for (int i = 0; i < key_length; i++)
		key[i] = 17 * i + 3;
	memset(&policy, 0, sizeof policy);
	policy.rtp = rtp;
	policy.rtcp = rtcp;
	policy.ssrc.type = ssrc_any_outbound;
	policy.key = key;
	policy.window_size = 128;
	check(srtp_create(&session, &policy));
	printf("%s key", suite);
	hex(key, key_length);
	printf("\n");
	for (int i = 0; i < 8; i++) {
		int sequence = (65532 + i) & 0xffff, n = 12 + 20 * i + i % 3;
		for (int j = 0; j < (int)sizeof plain; j++)
			plain[j] = 31 * i + j;
		unsigned char header[] = {0x80, 0x08, sequence >> 8, sequence, 0, 0, i, 160, 0xca, 0xfe, 0xba, 0xbe};
		memcpy(plain, header, 12);
		if (i == 3) { /* a CSRC and an extension of two words */
			unsigned char more[] = {1, 2, 3, 4, 0xbe, 0xde, 0, 2, 0x10, 0xff, 0, 0, 0x20, 0xee, 0, 0};
			plain[0] = 0x91;
			memcpy(plain + 12, more, sizeof more);
		}
		packet(session, suite, 0, plain, n);
	}
	for (int i = 0; i < 3; i++) {
		unsigned char header[] = {0x81, 200, 0, 12, 0xca, 0xfe, 0xba, 0xbe};
		memcpy(plain, header, 8);
		packet(session, suite, 1, plain, 52);
	}
}

int main(void) {
	srtp_crypto_policy_t long_tag, short_tag, gcm128, gcm256;
	check(srtp_init());
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&long_tag);
	srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&short_tag);
	srtp_crypto_policy_set_aes_gcm_128_16_auth(&gcm128);
	srtp_crypto_policy_set_aes_gcm_256_16_auth(&gcm256);
	printf("# by %s; see libsrtp.c\n", srtp_get_version_string());
	vectors("AES_CM_128_HMAC_SHA1_80", 30, long_tag, long_tag);
	vectors("AES_CM_128_HMAC_SHA1_32", 30, short_tag, long_tag);
	vectors("AEAD_AES_128_GCM", 28, gcm128, gcm128);
	vectors("AEAD_AES_256_GCM", 44, gcm256, gcm256);
	return 0;
}
