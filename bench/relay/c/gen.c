// Sends RTP to many legs at an even pace, and judges what comes back.
//
// usage: gen ADDRESS WARM SECONDS [GROUP [quiet]]
//   reads lines "leg ADDRESS PORT SINK TYPE" (see common.h) and
//   "payload TYPE HEX" (what to send for a type, in turn; default 160 bytes of
//   noise), up to the end of input or a line "go". Each leg gets 50 packets/s, in
//   bursts of GROUP packets over all legs as network cards coalesce them. The
//   first 8 bytes of a noise payload are the time it was sent.
//   quiet: send nothing.
//   Prints "begin" when the warm-up ends, "end" when it is done, then a JSON
//   object for the time between.
#include "common.h"
#include <sys/resource.h>

#define BATCH 64
#define SIZE 1500
#define LEGS 20000
#define PERIOD 20000000ull // ns between the packets of a leg
#define TURNS 64           // payloads of a type that are sent in turn

struct leg {
  struct sockaddr_in to;
  int sink, type, begun;
  uint16_t last;                // sequence number, of what came
  uint32_t first, next, got;    // extended sequence numbers in the window
  int64_t quickest;             // transit time against the ideal pace, ns
};
static struct leg legs[LEGS];
static int n, of_port[65536], sinks[SINK_COUNT];
static struct { int count, turn, len[TURNS]; uint8_t bytes[TURNS][SIZE]; } payloads[128];

struct numbers { uint32_t *at; size_t n, cap; };
static struct numbers latency, lag;
static struct { int leg; int64_t transit; } *came;
static size_t arrivals, arrivals_cap = 8 << 20;
static uint64_t sent, received, strays, failed;
static int measuring;
static uint32_t source; // tells this run's streams from those of the one before

static void note(struct numbers *v, uint64_t ns) {
  if (!v->at) v->at = malloc((v->cap = 8 << 20) * sizeof *v->at);
  if (measuring && v->n < v->cap) v->at[v->n++] = ns / 1000;
}

static void read_payload(char *line) {
  int type = strtol(line, &line, 10) & 127, k = payloads[type].count, len = 0;
  for (line++; len < SIZE - 12 && sscanf(line, "%2hhx", &payloads[type].bytes[k % TURNS][len]) == 1; line += 2) len++;
  payloads[type].len[k % TURNS] = len;
  if (k < TURNS) payloads[type].count++;
}

static void read_plan(void) {
  static char line[4096];
  char ip[64];
  int port, sink, type;
  while (fgets(line, sizeof line, stdin) && strcmp(line, "go\n")) {
    if (!strncmp(line, "payload ", 8)) read_payload(line + 8);
    if (sscanf(line, "leg %63s %d %d %d", ip, &port, &sink, &type) != 4 || n == LEGS) continue;
    legs[n] = (struct leg){.to = address(ip, port), .sink = sink % SINK_COUNT, .type = type & 127};
    of_port[port & 65535] = ++n;
  }
}

// make writes the next packet of a leg.
static int make(uint8_t *p, int leg, uint64_t turn, uint64_t now) {
  int type = legs[leg].type, k = payloads[type].count, len = 160;
  uint16_t seq = htons(turn + source);
  uint32_t ts = htonl(turn * (type >= 96 ? 960 : 160)), ssrc = htonl(source << 16 | leg);
  p[0] = 0x80, p[1] = type | (turn == 0 ? 0x80 : 0);
  memcpy(p + 2, &seq, 2), memcpy(p + 4, &ts, 4), memcpy(p + 8, &ssrc, 4);
  if (!k) {
    for (int i = 20; i < 172; i++) p[i] = 0xe0 + ((i * 37 + turn * 11 + leg) & 0x1f); // quiet noise
    memcpy(p + 12, &now, 8);
  } else {
    memcpy(p + 12, payloads[type].bytes[turn % k], len = payloads[type].len[turn % k]);
  }
  return 12 + len;
}

// transmit sends the packets first … first+count-1 of the whole plan.
static void transmit(uint64_t first, int count, uint64_t now) {
  static uint8_t bytes[BATCH][SIZE];
  static struct mmsghdr m[BATCH];
  static struct iovec v[BATCH];
  for (int i = 0; i < count;) {
    int j = i, sink = legs[(first + i) % n].sink;
    for (; j < count && legs[(first + j) % n].sink == sink; j++) {
      int leg = (first + j) % n;
      v[j] = (struct iovec){bytes[j], make(bytes[j], leg, (first + j) / n, now)};
      m[j].msg_hdr = (struct msghdr){.msg_name = &legs[leg].to, .msg_namelen = sizeof legs[leg].to, .msg_iov = &v[j], .msg_iovlen = 1};
    }
    if (sendmmsg(sinks[sink], m + i, j - i, 0) != j - i) failed++;
    i = j;
  }
}

// judge takes one packet that came.
static void judge(uint8_t *p, int len, int port, uint64_t now, int stamped) {
  int leg = of_port[port] - 1;
  if (leg < 0 || len < 20) { strays++; return; }
  struct leg *l = &legs[leg];
  uint16_t seq = p[2] << 8 | p[3];
  if (!l->begun) l->begun = 1, l->next = 65536 + seq;
  uint32_t ext = l->next + (int16_t)(seq - (uint16_t)l->next);
  if (ext >= l->next) l->next = ext + 1;
  if (!measuring) return;
  received++;
  if (!l->got++) l->first = ext, l->quickest = INT64_MAX;
  int64_t transit = (int64_t)now - (int64_t)((uint64_t)(ext - l->first) * PERIOD);
  if (transit < l->quickest) l->quickest = transit;
  if (arrivals < arrivals_cap) came[arrivals].leg = leg, came[arrivals++].transit = transit;
  if (stamped) {
    uint64_t at;
    memcpy(&at, p + 12, 8);
    if (now > at && now - at < 10 * SECOND) note(&latency, now - at);
  }
}

static void receive(int stamped) {
  static uint8_t bytes[BATCH][SIZE];
  struct mmsghdr m[BATCH];
  struct iovec v[BATCH];
  struct sockaddr_in from[BATCH];
  for (int s = 0; s < SINK_COUNT; s++) {
    for (int i = 0; i < BATCH; i++) {
      v[i] = (struct iovec){bytes[i], SIZE};
      m[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &v[i], .msg_iovlen = 1};
    }
    int k = recvmmsg(sinks[s], m, BATCH, MSG_DONTWAIT, 0);
    uint64_t now = now_ns();
    for (int i = 0; i < k; i++) judge(bytes[i], m[i].msg_len, ntohs(from[i].sin_port), now, stamped);
  }
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(uint32_t *)a, y = *(uint32_t *)b;
  return (x > y) - (x < y);
}

static void print(const char *name, struct numbers *v) {
  qsort(v->at, v->n, sizeof *v->at, ascending);
#define Q(q) (v->n ? v->at[(size_t)((v->n - 1) * q)] : 0)
  printf(",\"%s\":{\"p50\":%u,\"p99\":%u,\"p99.9\":%u,\"max\":%u,\"n\":%zu}", name, Q(.5), Q(.99), Q(.999), Q(1), v->n);
}

static void report(double seconds, uint64_t in_window, double cpu) {
  struct numbers jitter = {0};
  uint64_t lost = 0, late = 0, silent = 0;
  for (int i = 0; i < n; i++) {
    if (legs[i].got < seconds * 25) { silent++; continue; }
    uint32_t span = legs[i].next - legs[i].first;
    if (span > legs[i].got) lost += span - legs[i].got;
  }
  measuring = 1;
  for (size_t i = 0; i < arrivals; i++) {
    int64_t over = came[i].transit - legs[came[i].leg].quickest;
    note(&jitter, over);
    late += over > (int64_t)PERIOD;
  }
  printf("{\"legs\":%d,\"seconds\":%.4f,\"sent\":%lu,\"received\":%lu,\"lost\":%lu,\"late\":%lu,\"silent\":%lu,\"strays\":%lu,\"failed\":%lu,\"cpu\":%.3f",
         n, seconds, in_window, received, lost, late, silent, strays, failed, cpu);
  print("latency", &latency), print("jitter", &jitter), print("lag", &lag);
  puts("}");
}

static double cpu_used(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
  if (argc < 4) return fprintf(stderr, "usage: gen ADDRESS WARM SECONDS [GROUP [quiet]]\n"), 2;
  int group = argc > 4 ? atoi(argv[4]) : 5, quiet = argc > 5 && !strcmp(argv[5], "quiet");
  if (group < 1 || group > BATCH) group = BATCH;
  source = getpid() & 0x7fff;
  came = malloc(arrivals_cap * sizeof *came);
  read_plan();
  if (!n) return fprintf(stderr, "gen: no legs\n"), 1;
  for (int k = 0; k < SINK_COUNT; k++) sinks[k] = udp(argv[1], SINKS + 2 * k, 32 << 20), udp(argv[1], SINKS + 2 * k + 1, 0);
  int stamped = !payloads[legs[0].type].count && !quiet;
  double gap = (double)PERIOD / n, cpu = 0;
  uint64_t start = now_ns(), begin = start + atof(argv[2]) * SECOND, end = begin + atof(argv[3]) * SECOND, sent_before = 0;
  for (uint64_t now = start; now < end; now = now_ns()) {
    if (!measuring && now >= begin) {
      measuring = 1, begin = now, sent_before = sent, cpu = cpu_used();
      puts("begin"), fflush(stdout);
    }
    if (quiet) {
      sleep_until(now + 200000);
    } else {
      uint64_t due = start + (uint64_t)((sent + group) * gap);
      if (due > now) sleep_until(due), now = now_ns();
      uint64_t count = (uint64_t)((now - start) / gap) - sent;
      if (count > BATCH) count = BATCH;
      note(&lag, now > due ? now - due : 0);
      transmit(sent, count, now);
      sent += count;
    }
    receive(stamped);
  }
  double took = (now_ns() - begin) / 1e9;
  puts("end"), fflush(stdout); // what follows takes a while
  report(took, sent - sent_before, cpu_used() - cpu);
  return 0;
}
