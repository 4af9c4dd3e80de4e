/* A disk that fails on command, put before a single process by LD_PRELOAD. The file named by FSFAULT holds "OP ENDING ERRNO": OP is
 * write, sync or any, ENDING how the
 * name of the struck file ends (* for any of the store), ERRNO what the caller is told. With FSFAULT_END=N the process
 * aborts at its Nth operation on a file of the store. The file FSFAULT_HIDES cannot be opened, as if it were not there.
 *
 * With FSFAULT_RECORD every operation on a file right under the folder FSFAULT_UNDER is appended to the file of that name, once it is done and
 * before the next one begins: a line "OP LEDGER AT SIZE LENGTH NAME", then LENGTH bytes of what was written, or the new name of what
 * was renamed. LEDGER is how long the file FSFAULT_LEDGER was when the operation began. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

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

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* The name of a file right under the folder that is watched, "." for the folder itself; NULL for any other. */
static const char *name_of(const char *path) {
  const char *under = getenv("FSFAULT_UNDER");
  size_t length = under ? strlen(under) : 0;
  if (!length || strncmp(path, under, length)) return NULL;
  if (!path[length]) return ".";
  if (path[length] != '/' || strchr(path + length + 1, '/')) return NULL;
  return path + length + 1;
}

static const char *name_of_fd(int fd, char *path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, size - 1);
  if (length <= 0) return NULL;
  path[length] = 0;
  return name_of(path);
}

static long ledger(void) {
  const char *path = getenv("FSFAULT_LEDGER");
  struct stat found;
  return path && !stat(path, &found) ? (long)found.st_size : 0;
}

static void record(const char *op, long taken, long at, long size, const char *name, const void *from, size_t length) {
  static int file = -1;
  REAL(write);
  if (file < 0) file = open(getenv("FSFAULT_RECORD"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  char *whole = malloc(length + 512);
  if (file < 0 || !whole) abort();
  size_t head = (size_t)snprintf(whole, 512, "%s %ld %ld %ld %zu %s\n", op, taken, at, size, length, name);
  if (length) memcpy(whole + head, from, length);
  if (real(file, whole, head + length) != (ssize_t)(head + length)) abort();
  free(whole);
}

/* CALL, which answers RESULT, as one operation; recorded when HOLDS. */
#define AS_ONE(type, fd, call, holds, op, at, size, from, length) \
  char path_[4096]; \
  const char *name_ = getenv("FSFAULT_RECORD") ? name_of_fd(fd, path_, sizeof path_) : NULL; \
  if (!name_) return call; \
  pthread_mutex_lock(&turn); \
  long taken_ = ledger(), at_ = (at); \
  type result = call; \
  int kept_ = errno; \
  if (holds) record(op, taken_, at_, size, name_, from, length); \
  pthread_mutex_unlock(&turn); \
  errno = kept_; \
  return result

static long end_of(int fd) {
  struct stat found;
  if (fcntl(fd, F_GETFL) & O_APPEND) return fstat(fd, &found) ? -1 : (long)found.st_size;
  return (long)lseek(fd, 0, SEEK_CUR);
}

#define WRITES(call, at) AS_ONE(ssize_t, fd, call, result > 0, "write", at, 0, from, (size_t)result)
#define SETS(call) AS_ONE(int, fd, call, result == 0, "size", 0, (long)to, NULL, 0)
#define SYNCS(call) AS_ONE(int, fd, call, result == 0, "sync", 0, 0, NULL, 0)

ssize_t write(int fd, const void *from, size_t size) { REAL(write); if (strikes("write", fd)) return -1; WRITES(real(fd, from, size), end_of(fd)); }
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) { REAL(pwrite); if (strikes("write", fd)) return -1; WRITES(real(fd, from, size, at), (long)at); }
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) { REAL(pwrite64); if (strikes("write", fd)) return -1; WRITES(real(fd, from, size, at), (long)at); }
int ftruncate(int fd, off_t to) { REAL(ftruncate); if (strikes("write", fd)) return -1; SETS(real(fd, to)); }
int ftruncate64(int fd, off64_t to) { REAL(ftruncate64); if (strikes("write", fd)) return -1; SETS(real(fd, to)); }
int fsync(int fd) { REAL(fsync); if (strikes("sync", fd)) return -1; SYNCS(real(fd)); }
int fdatasync(int fd) { REAL(fdatasync); if (strikes("sync", fd)) return -1; SYNCS(real(fd)); }

/* A file is made, or emptied, by being opened. */
static int opens(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  char whole[4096];
  const char *name = NULL, *hidden = getenv("FSFAULT_HIDES");
  if (hidden && !strcmp(path, hidden)) return errno = ENOENT, -1;
  if (getenv("FSFAULT_RECORD") && flags & (O_CREAT | O_TRUNC)) {
    if (path[0] != '/' && getcwd(whole, sizeof whole - strlen(path) - 2)) strcat(strcat(whole, "/"), path);
    else snprintf(whole, sizeof whole, "%s", path);
    name = name_of(whole);
  }
  if (!name) return real(path, flags, mode);
  pthread_mutex_lock(&turn);
  long taken = ledger();
  int was_there = !access(path, F_OK), fd = real(path, flags, mode), kept = errno;
  if (fd >= 0 && !was_there) record("create", taken, 0, 0, name, NULL, 0);
  if (fd >= 0 && was_there && flags & O_TRUNC) record("size", taken, 0, 0, name, NULL, 0);
  pthread_mutex_unlock(&turn);
  errno = kept;
  return fd;
}

static mode_t mode_of(int flags, va_list more) { return flags & O_CREAT ? va_arg(more, mode_t) : 0; }

int open64(const char *path, int flags, ...) {
  REAL(open64);
  va_list more;
  va_start(more, flags);
  mode_t mode = mode_of(flags, more);
  va_end(more);
  return opens(real, path, flags, mode);
}

int open(const char *path, int flags, ...) {
  REAL(open);
  va_list more;
  va_start(more, flags);
  mode_t mode = mode_of(flags, more);
  va_end(more);
  return opens(real, path, flags, mode);
}

int unlink(const char *path) {
  REAL(unlink);
  const char *name = getenv("FSFAULT_RECORD") ? name_of(path) : NULL;
  if (!name) return real(path);
  pthread_mutex_lock(&turn);
  long taken = ledger();
  int result = real(path), kept = errno;
  if (!result) record("unlink", taken, 0, 0, name, NULL, 0);
  pthread_mutex_unlock(&turn);
  errno = kept;
  return result;
}

int rename(const char *from, const char *to) {
  REAL(rename);
  const char *name = getenv("FSFAULT_RECORD") ? name_of(from) : NULL, *other = name_of(to);
  if (!name || !other) return real(from, to);
  pthread_mutex_lock(&turn);
  long taken = ledger();
  int result = real(from, to), kept = errno;
  if (!result) record("rename", taken, 0, 0, name, other, strlen(other));
  pthread_mutex_unlock(&turn);
  errno = kept;
  return result;
}
