// The relay everything is compared with: one socket per port, epoll, recvfrom
// and sendto per packet, in C. It rewrites SSRC, sequence number and timestamp,
// as a relay that hides one leg from the other must, and does nothing else.
//
// usage: epoll LEGS ADDRESS REMOTE
//   leg i is port 20000+2i of ADDRESS (its RTCP port is bound and watched too);
//   what comes to leg 2i goes out of leg 2i+1 to its sink at REMOTE, and back.
//   It ends when its input does.
#include "common.h"
#include <sys/epoll.h>

#define BATCH 512
#define FIRST_PORT 20000

static void rewrite(uint8_t *p) {
  uint16_t seq;
  uint32_t ts, ssrc = 0x11223344;
  memcpy(&seq, p + 2, 2), seq = htons(ntohs(seq) + 7), memcpy(p + 2, &seq, 2);
  memcpy(&ts, p + 4, 4), ts = htonl(ntohl(ts) + 1600), memcpy(p + 4, &ts, 4);
  memcpy(p + 8, &ssrc, 4);
}

static void watch(int ep, int fd, int leg) {
  struct epoll_event e = {.events = EPOLLIN, .data.u32 = leg};
  if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e)) die("epoll_ctl");
}

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "usage: epoll LEGS ADDRESS REMOTE\n"), 2;
  int n = atoi(argv[1]), ep = epoll_create1(EPOLL_CLOEXEC);
  int *fd = calloc(n, sizeof *fd);
  struct sockaddr_in *peer = calloc(n, sizeof *peer);
  for (int i = 0; i < n; i++) {
    int port = FIRST_PORT + 2 * i;
    fd[i] = udp(argv[2], port, 0);
    peer[i] = address(argv[3], SINKS + 2 * sink_of(i, n));
    watch(ep, fd[i], i);
    watch(ep, udp(argv[2], port + 1, 0), n + 1); // RTCP: nobody sends any
    printf("leg %s %d %d 0\n", argv[2], port, sink_of(i, n));
  }
  watch(ep, STDIN_FILENO, n);
  puts("ready"), fflush(stdout);
  for (;;) {
    struct epoll_event ready[BATCH];
    int k = epoll_wait(ep, ready, BATCH, -1);
    for (int i = 0; i < k; i++) {
      uint8_t packet[2048];
      struct sockaddr_in from;
      socklen_t len = sizeof from;
      uint32_t leg = ready[i].data.u32, other = leg ^ 1;
      if (leg == (uint32_t)n) return 0;
      if (leg > (uint32_t)n) continue;
      int got = recvfrom(fd[leg], packet, sizeof packet, MSG_DONTWAIT, (void *)&from, &len);
      if (got < 12) continue;
      rewrite(packet);
      sendto(fd[other], packet, got, MSG_DONTWAIT, (void *)&peer[other], sizeof peer[other]);
    }
  }
}
