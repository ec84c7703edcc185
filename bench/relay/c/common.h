// What the measuring programs share: sockets, the clock, and how they are told
// of and tell one another.
//
// A relay prints one line per leg, "leg ADDRESS PORT SINK TYPE", then "ready".
// The generator reads these lines: it sends RTP of payload type TYPE to that
// address from its socket number SINK, and takes what comes from there for the
// leg's. Sink k is the port SINKS+2k; the RTCP port above it is bound, not read.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SINKS 10000 // port of the generator's first socket
#define SINK_COUNT 4
#define SECOND 1000000000ull

static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static inline void sleep_until(uint64_t ns) {
  struct timespec t = {ns / SECOND, ns % SECOND};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0) == EINTR) {
  }
}

static inline void die(const char *what) {
  perror(what);
  exit(1);
}

static inline struct sockaddr_in address(const char *ip, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  if (inet_pton(AF_INET, ip, &a.sin_addr) != 1) die(ip);
  return a;
}

// udp binds a socket. The address need not be ours (IP_TRANSPARENT), where that
// is permitted: the generator also plays machines that are not there.
static inline int udp(const char *ip, int port, int buffer) {
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
  if (s < 0) die("socket");
  setsockopt(s, SOL_IP, IP_TRANSPARENT, &one, sizeof one);
  if (buffer && setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer))
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  struct sockaddr_in a = address(ip, port);
  if (bind(s, (void *)&a, sizeof a)) die("bind");
  return s;
}

// sink_of spreads n legs over the sinks, neighbours together, so that the
// generator can send many packets with one call.
static inline int sink_of(int leg, int n) { return leg / ((n + SINK_COUNT - 1) / SINK_COUNT); }
