// Sends RTP to many legs at an even pace, and judges what comes back.
//
// usage: gen ADDRESS WARM SECONDS [GROUP [quiet|frames]]
//   reads lines "leg ADDRESS PORT SINK TYPE" (see common.h) and
//   "payload TYPE HEX" (what to send for a type, in turn; default 160 bytes of
//   noise), "pid NUMBER" (a process whose processor time counts; the last
//   is the one with the packets) and "void DEVICE"
//   (whose drops count), up to the end of input or a line "go". Each leg gets 50 packets/s, in
//   bursts of GROUP packets over all legs as network cards coalesce them. The
//   first 8 bytes of a noise payload are the time it was sent.
//   quiet: send nothing. frames: send Ethernet frames of our own on lo, for half
//   of what a socket costs us; it needs CAP_NET_RAW and a lo that accepts them
//   (accept_local, route_localnet). What is measured receives the same.
//   Prints a JSON object for the time after the warm-up. It counts processor time
//   itself since it is not kept waiting, as whoever started it may be.
#include "common.h"
#include <dirent.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/resource.h>

#define BATCH 64
#define HEADERS 42 // Ethernet, IPv4, UDP
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
static int pids[16], pid_count;
static char void_device[16];
static int link_socket = -1; // for frames
static struct sockaddr_in self;
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

static int by_sink(const void *a, const void *b) {
  const struct leg *x = a, *y = b;
  if (x->sink != y->sink) return x->sink - y->sink;
  return ntohs(x->to.sin_port) - ntohs(y->to.sin_port);
}

static void read_plan(void) {
  static char line[4096];
  char ip[64];
  int port, sink, type;
  while (fgets(line, sizeof line, stdin) && strcmp(line, "go\n")) {
    if (!strncmp(line, "payload ", 8)) read_payload(line + 8);
    if (pid_count < 16 && sscanf(line, "pid %d", pids + pid_count) == 1) pid_count++;
    sscanf(line, "void %15s", void_device);
    if (sscanf(line, "leg %63s %d %d %d", ip, &port, &sink, &type) != 4 || n == LEGS) continue;
    legs[n++] = (struct leg){.to = address(ip, port), .sink = sink % SINK_COUNT, .type = type & 127};
  }
  qsort(legs, n, sizeof *legs, by_sink); // neighbours leave with one call
  for (int i = 0; i < n; i++) of_port[ntohs(legs[i].to.sin_port)] = i + 1;
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

// enclose writes the headers of a frame around len bytes of RTP for a leg. The
// UDP checksum is left out, as IPv4 permits.
static void enclose(uint8_t *f, int leg, int len) {
  uint16_t total = htons(len + 28), udp_len = htons(len + 8), from = htons(SINKS + 2 * legs[leg].sink);
  memset(f, 0, HEADERS);
  f[12] = 8, f[14] = 0x45, f[20] = 0x40, f[22] = 64, f[23] = IPPROTO_UDP;
  memcpy(f + 16, &total, 2), memcpy(f + 26, &self.sin_addr, 4), memcpy(f + 30, &legs[leg].to.sin_addr, 4);
  memcpy(f + 34, &from, 2), memcpy(f + 36, &legs[leg].to.sin_port, 2), memcpy(f + 38, &udp_len, 2);
  uint32_t sum = 0;
  for (int i = 14; i < 34; i += 2) sum += f[i] << 8 | f[i + 1];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  f[24] = ~sum >> 8, f[25] = ~sum;
}

// frame sends what transmit does, as frames.
static void frame(uint64_t first, int count, uint64_t now) {
  static uint8_t bytes[BATCH][HEADERS + SIZE];
  static struct mmsghdr m[BATCH];
  static struct iovec v[BATCH];
  for (int i = 0; i < count; i++) {
    int leg = (first + i) % n, len = make(bytes[i] + HEADERS, leg, (first + i) / n, now);
    enclose(bytes[i], leg, len);
    v[i] = (struct iovec){bytes[i], HEADERS + len};
    m[i].msg_hdr = (struct msghdr){.msg_iov = &v[i], .msg_iovlen = 1};
  }
  if (sendmmsg(link_socket, m, count, 0) != count) failed++;
}

// open_link makes the socket for frames.
static void open_link(const char *ip) {
  int one = 1;
  struct sockaddr_ll lo = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex("lo")};
  self = address(ip, 0);
  link_socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (link_socket < 0 || bind(link_socket, (void *)&lo, sizeof lo)) die("socket for frames");
  setsockopt(link_socket, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one); // else: a little dearer
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

// add_times adds how long a thread has run, and how long it was kept waiting by
// others that the kernel preferred, ns.
static void add_times(const char *schedstat, uint64_t *ran, uint64_t *waited) {
  unsigned long long r = 0, w = 0;
  FILE *f = fopen(schedstat, "r");
  if (!f) return;
  if (fscanf(f, "%llu %llu", &r, &w) == 2) *ran += r, *waited += w;
  fclose(f);
}

// add_process adds up how long the threads of a process have run, and finds the
// one that has run longest: it has the packets.
static void add_process(int pid, uint64_t *ran, char *busiest, size_t size) {
  char name[64 + 256];
  uint64_t most = 0;
  snprintf(name, sizeof name, "/proc/%d/task", pid);
  DIR *tasks = opendir(name);
  for (struct dirent *d; tasks && (d = readdir(tasks));) {
    if (d->d_name[0] == '.') continue;
    snprintf(name, sizeof name, "/proc/%d/task/%s/schedstat", pid, d->d_name);
    uint64_t one = 0, waited = 0;
    add_times(name, &one, &waited);
    *ran += one;
    if (one > most) most = one, snprintf(busiest, size, "%s", name);
  }
  if (tasks) closedir(tasks);
}

// dropped returns how many packets the void has swallowed: an ifb calls it dropped
// while receiving, which is the fourth number.
static uint64_t dropped(void) {
  unsigned long long x = 0, skip;
  char line[512], name[64];
  FILE *f = *void_device ? fopen("/proc/self/net/dev", "r") : 0;
  while (f && fgets(line, sizeof line, f))
    if (sscanf(line, " %63[^:]: %llu %llu %llu %llu", name, &skip, &skip, &skip, &x) == 5 && !strcmp(name, void_device)) break;
  if (f) fclose(f);
  return x;
}

static double cpu_used(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

// tally is what is counted at the beginning of the window and at its end.
struct tally { uint64_t sent, used, waited, dropped; double cpu; };

static struct tally count_up(void) {
  static char busiest[64 + 256]; // the same at the end as at the beginning
  char name[sizeof busiest] = "";
  struct tally t = {.sent = sent, .dropped = dropped(), .cpu = cpu_used()};
  uint64_t ran = 0;
  for (int i = 0; i < pid_count; i++) add_process(pids[i], &t.used, name, sizeof name);
  if (!*busiest) memcpy(busiest, name, sizeof name);
  add_times(busiest, &ran, &t.waited);
  add_times("/proc/self/schedstat", &ran, &t.waited);
  return t;
}

static void report(double seconds, struct tally a, struct tally b) {
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
  printf("{\"legs\":%d,\"seconds\":%.4f,\"sent\":%lu,\"received\":%lu,\"lost\":%lu,\"late\":%lu,\"silent\":%lu,\"strays\":%lu,\"failed\":%lu,"
         "\"used\":%lu,\"waited\":%lu,\"dropped\":%lu,\"cpu\":%.3f",
         n, seconds, b.sent - a.sent, received, lost, late, silent, strays, failed, b.used - a.used, b.waited - a.waited, b.dropped - a.dropped, b.cpu - a.cpu);
  print("latency", &latency), print("jitter", &jitter), print("lag", &lag);
  puts("}");
}

int main(int argc, char **argv) {
  if (argc < 4) return fprintf(stderr, "usage: gen ADDRESS WARM SECONDS [GROUP [quiet|frames]]\n"), 2;
  int group = argc > 4 ? atoi(argv[4]) : 5, quiet = argc > 5 && !strcmp(argv[5], "quiet");
  if (argc > 5 && !strcmp(argv[5], "frames")) open_link(argv[1]);
  if (group < 1 || group > BATCH) group = BATCH;
  source = getpid() & 0x7fff;
  came = malloc(arrivals_cap * sizeof *came);
  read_plan();
  if (!n) return fprintf(stderr, "gen: no legs\n"), 1;
  for (int k = 0; k < SINK_COUNT; k++) sinks[k] = udp(argv[1], SINKS + 2 * k, 32 << 20), udp(argv[1], SINKS + 2 * k + 1, 0);
  int stamped = !payloads[legs[0].type].count && !quiet;
  double gap = (double)PERIOD / n;
  struct tally before = {0};
  uint64_t start = now_ns(), begin = start + atof(argv[2]) * SECOND, end = begin + atof(argv[3]) * SECOND;
  for (uint64_t now = start; now < end; now = now_ns()) {
    if (!measuring && now >= begin) {
      measuring = 1, begin = now, before = count_up();
    }
    if (quiet) {
      sleep_until(now + 200000);
    } else {
      uint64_t due = start + (uint64_t)((sent + group) * gap);
      if (due > now) sleep_until(due), now = now_ns();
      uint64_t count = (uint64_t)((now - start) / gap) - sent;
      if (count > BATCH) count = BATCH;
      note(&lag, now > due ? now - due : 0);
      link_socket < 0 ? transmit(sent, count, now) : frame(sent, count, now);
      sent += count;
    }
    receive(stamped);
  }
  double took = (now_ns() - begin) / 1e9;
  report(took, before, count_up());
  return 0;
}
