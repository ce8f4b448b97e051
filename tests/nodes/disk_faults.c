/* A disk that fails, for one program: preloaded, it stands between the program and the C library.
 *
 * DISK_FAULTS_CONTROL names a file of struct control, which the test changes while the program runs.
 * DISK_FAULTS_WATCHED is the folder whose files are concerned. DISK_FAULTS_DURABLE, where it is set, is a folder that
 * gets a copy of each watched file whenever a sync of it succeeds. It then holds what a disk holds whose power was cut
 * and that had written nothing but what it was told to sync. Names are kept as file systems with a journal keep them: a
 * rename moves the copy, and the next sync in a folder makes earlier deletions in it last.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* How many calls still fail; -1 stands for all. `part` must occur in the path of a file, which begins at the watched
 * folder; an empty one occurs in all. With `$` as its last character the path must end there. */
struct control {
    int32_t syncs;
    int32_t writes;
    int32_t error;
    int32_t failed;
    char part[64];
};

static struct control *control;
static const char *watched, *durable;

__attribute__((constructor)) static void start(void) {
    const char *name = getenv("DISK_FAULTS_CONTROL");
    int file = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory == MAP_FAILED) return;
    /* Copies: PostgreSQL writes its title over the environment. */
    watched = getenv("DISK_FAULTS_WATCHED");
    if (watched) watched = strdup(watched);
    durable = getenv("DISK_FAULTS_DURABLE");
    if (durable) durable = strdup(durable);
    if (watched) control = memory;
}

/* The path of an open file below the watched folder, or NULL. */
static const char *watched_path(int file, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return NULL;
    path[length] = 0;
    size_t prefix = strlen(watched);
    return strncmp(path, watched, prefix) == 0 && path[prefix] == '/' ? path + prefix : NULL;
}

static int concerns(const char *path) {
    size_t length = strnlen(control->part, sizeof control->part), whole = strlen(path);
    if (length == 0 || control->part[length - 1] != '$') return strstr(path, control->part) != NULL;
    length--;
    return whole >= length && strncmp(path + whole - length, control->part, length) == 0;
}

/* Whether this call fails; if so, errno says how. */
static int fails(int32_t *left, int file) {
    char path[PATH_MAX];
    if (!control || __atomic_load_n(left, __ATOMIC_SEQ_CST) == 0) return 0;
    int before = errno;
    const char *rest = watched_path(file, path);
    errno = before;
    if (!rest || !concerns(rest)) return 0;
    int32_t now = __atomic_load_n(left, __ATOMIC_SEQ_CST);
    while (now > 0 && !__atomic_compare_exchange_n(left, &now, now - 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {}
    if (now == 0) return 0;
    __atomic_fetch_add(&control->failed, 1, __ATOMIC_SEQ_CST);
    errno = control->error;
    return 1;
}

static void make_folders(char *path) {
    for (char *at = path + 1; (at = strchr(at, '/')); at++) {
        *at = 0;
        mkdir(path, 0700);
        *at = '/';
    }
}

/* Copies a file so that a copy is never seen in part. */
static int keep(const char *path, const char *rest) {
    char copy[PATH_MAX], part[PATH_MAX + 16], block[65536];
    int source = open(path, O_RDONLY | O_CLOEXEC), target = -1, result = -1;
    ssize_t length = -1;
    if (source < 0) return errno == ENOENT ? 0 : -1; /* it was deleted meanwhile */
    snprintf(copy, sizeof copy, "%s%s", durable, rest);
    snprintf(part, sizeof part, "%s.part", copy);
    make_folders(copy);
    target = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (target >= 0) {
        ssize_t (*really)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
        while ((length = read(source, block, sizeof block)) > 0)
            if (really(target, block, (size_t)length) != length) break;
        close(target);
        if (length == 0) result = rename(part, copy);
    }
    close(source);
    return result;
}

static int lock_durable(void) {
    int lock = open(durable, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    flock(lock, LOCK_EX);
    return lock;
}

/* Deletes the copies in a folder whose files are gone. */
static void forget_deleted(const char *folder) {
    char copies[PATH_MAX], name[PATH_MAX * 2];
    struct stat status;
    struct dirent *entry;
    snprintf(copies, sizeof copies, "%s%s", durable, folder);
    DIR *listing = opendir(copies);
    while (listing && (entry = readdir(listing))) {
        if (entry->d_type != DT_REG) continue;
        snprintf(name, sizeof name, "%s%s/%s", watched, folder, entry->d_name);
        if (lstat(name, &status) == 0 || errno != ENOENT) continue;
        snprintf(name, sizeof name, "%s/%s", copies, entry->d_name);
        unlink(name);
    }
    if (listing) closedir(listing);
}

/* The path behind the watched folder, or NULL. Programs name files from their working folder as well. */
static const char *watched_name(const char *name, char *path) {
    size_t prefix = strlen(watched), length = 0;
    if (name[0] != '/') {
        if (!getcwd(path, PATH_MAX)) return NULL;
        length = strlen(path);
        path[length++] = '/';
    }
    snprintf(path + length, PATH_MAX - length, "%s", name);
    return strncmp(path, watched, prefix) == 0 && path[prefix] == '/' ? path + prefix : NULL;
}

int rename(const char *from, const char *to) {
    int (*really)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    char old[PATH_MAX], new[PATH_MAX], old_copy[PATH_MAX * 2], new_copy[PATH_MAX * 2];
    const char *old_rest, *new_rest;
    if (!control || !durable || !(old_rest = watched_name(from, old)) || !(new_rest = watched_name(to, new)))
        return really(from, to);
    int lock = lock_durable(), result = really(from, to), error = errno;
    snprintf(old_copy, sizeof old_copy, "%s%s", durable, old_rest);
    snprintf(new_copy, sizeof new_copy, "%s%s", durable, new_rest);
    if (result == 0) really(old_copy, new_copy);
    close(lock);
    errno = error;
    return result;
}

static int synced(int file, const char *call) {
    int (*really)(int) = (int (*)(int))dlsym(RTLD_NEXT, call);
    char path[PATH_MAX], folder[PATH_MAX];
    struct stat status;
    const char *rest;
    if (control && fails(&control->syncs, file)) return -1;
    if (!control || !durable || fstat(file, &status) || !(rest = watched_path(file, path))) return really(file);
    int is_file = S_ISREG(status.st_mode);
    snprintf(folder, sizeof folder, "%s", rest);
    if (is_file) *strrchr(folder, '/') = 0;
    /* One sync at a time, so that no copy takes the place of a later one. */
    int lock = lock_durable(), result = really(file);
    if (result == 0 && is_file) result = keep(path, rest);
    int error = errno;
    forget_deleted(folder);
    close(lock);
    errno = error;
    return result;
}

int fsync(int file) { return synced(file, "fsync"); }
int fdatasync(int file) { return synced(file, "fdatasync"); }

#define REALLY(name, type) __typeof__(type) really = (__typeof__(type))dlsym(RTLD_NEXT, name)
#define FAIL_IF_TOLD(file) \
    if (control && fails(&control->writes, file)) return -1

ssize_t write(int file, const void *bytes, size_t length) {
    FAIL_IF_TOLD(file);
    REALLY("write", ssize_t (*)(int, const void *, size_t));
    return really(file, bytes, length);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) {
    FAIL_IF_TOLD(file);
    REALLY("pwrite", ssize_t (*)(int, const void *, size_t, off_t));
    return really(file, bytes, length, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at) {
    FAIL_IF_TOLD(file);
    REALLY("pwrite64", ssize_t (*)(int, const void *, size_t, off64_t));
    return really(file, bytes, length, at);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    FAIL_IF_TOLD(file);
    REALLY("writev", ssize_t (*)(int, const struct iovec *, int));
    return really(file, parts, count);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at) {
    FAIL_IF_TOLD(file);
    REALLY("pwritev", ssize_t (*)(int, const struct iovec *, int, off_t));
    return really(file, parts, count, at);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at) {
    FAIL_IF_TOLD(file);
    REALLY("pwritev64", ssize_t (*)(int, const struct iovec *, int, off64_t));
    return really(file, parts, count, at);
}
