/* Reads 16-bit samples at 8 kHz and writes the digits that spandsp's receiver hears. */
#include <spandsp.h>
#include <stdio.h>

static void heard(void *user, const char *digits, int len) {
  (void)user;
  fwrite(digits, 1, (size_t)len, stdout);
}

int main(void) {
  dtmf_rx_state_t *rx = dtmf_rx_init(NULL, heard, NULL);
  int16_t frame[160];
  while (rx && fread(frame, sizeof(int16_t), 160, stdin) == 160) dtmf_rx(rx, frame, 160);
  return rx ? 0 : 1;
}
