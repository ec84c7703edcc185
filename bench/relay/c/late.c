// How late the ticks of a C thread begin: what a thread that has nothing to do
// with Go can expect of this machine at this moment.
//
// usage: late TICK_US WORK_US SECONDS
//   prints one JSON object: lateness in microseconds.
#include "common.h"

static int ascending(const void *a, const void *b) { return *(int *)a - *(int *)b; }

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "usage: late TICK_US WORK_US SECONDS\n"), 2;
  uint64_t tick = atoi(argv[1]) * 1000ull, work = atoi(argv[2]) * 1000ull;
  int n = atof(argv[3]) * SECOND / tick, *late = calloc(n + 1, sizeof *late);
  volatile uint32_t x = 1;
  uint64_t due = now_ns();
  for (int i = 0; i < n; i++) {
    due += tick;
    sleep_until(due);
    uint64_t begun = now_ns();
    late[i] = (begun - due) / 1000;
    while (now_ns() < begun + work) x = x * 3 + 1;
    uint64_t done = now_ns();
    if (done > due + tick) due = done - tick; // missed beats count as one, as Trunkline's do
  }
  qsort(late, n, sizeof *late, ascending);
  printf("{\"p50\":%d,\"p99\":%d,\"p99.9\":%d,\"max\":%d,\"ticks\":%d}\n", late[n / 2], late[n * 99ll / 100],
         late[n * 999ll / 1000], late[n - 1], n);
  return 0;
}
