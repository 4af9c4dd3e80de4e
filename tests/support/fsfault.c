/* A disk that fails on command, put before a single process by LD_PRELOAD. The file named by FSFAULT holds "OP ENDING ERRNO": OP is
 * write, sync or any, ENDING how the
 * name of the struck file ends (* for any of the store), ERRNO what the caller is told. With FSFAULT_END=N the process
 * aborts at its Nth operation on a file of the store. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int ends_with(const char *text, const char *ending) {
  size_t a = strlen(text), b = strlen(ending);
  return a >= b && strcmp(text + a - b, ending) == 0;
}

static int strikes(const char *op, int fd) {
  static atomic_long passed;
  char name[64], path[4096], text[256], wanted[16], ending[128];
  int number, kept = errno;
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(name, path, sizeof path - 1);
  if (length <= 0) return errno = kept, 0;
  path[length] = 0;
  if (!strstr(path, "dondoc.db")) return errno = kept, 0;
  const char *end = getenv("FSFAULT_END"), *control = getenv("FSFAULT");
  if (end && atomic_fetch_add(&passed, 1) + 1 == atol(end)) abort();
  int file = control ? open(control, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return errno = kept, 0;
  length = read(file, text, sizeof text - 1);
  close(file);
  errno = kept;
  if (length <= 0) return 0;
  text[length] = 0;
  if (sscanf(text, "%15s %127s %d", wanted, ending, &number) != 3) return 0;
  if ((strcmp(wanted, "any") && strcmp(wanted, op)) || (strcmp(ending, "*") && !ends_with(path, ending))) return 0;
  errno = number;
  return 1;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *from, size_t size) { REAL(write); return strikes("write", fd) ? -1 : real(fd, from, size); }
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) { REAL(pwrite); return strikes("write", fd) ? -1 : real(fd, from, size, at); }
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) { REAL(pwrite64); return strikes("write", fd) ? -1 : real(fd, from, size, at); }
int ftruncate(int fd, off_t to) { REAL(ftruncate); return strikes("write", fd) ? -1 : real(fd, to); }
int ftruncate64(int fd, off64_t to) { REAL(ftruncate64); return strikes("write", fd) ? -1 : real(fd, to); }
int fsync(int fd) { REAL(fsync); return strikes("sync", fd) ? -1 : real(fd); }
int fdatasync(int fd) { REAL(fdatasync); return strikes("sync", fd) ? -1 : real(fd); }
