/* An allocator for processes whose instructions are counted: what a call runs depends on the size alone.

   The system's, and Python's own, run another number of instructions where the same calls come upon a heap that is
   divided otherwise: the length of a path, or one object more, moved the count of the same task by up to 5 %. Here each
   size class is a list, on which freed blocks lie, the last first; nothing is split, joined or given back. Classes are
   16 bytes apart up to 1 KiB, and a quarter of a power of two above. */

#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STEP = 16, SMALL = 1024, FEW = SMALL / STEP, LOG_SMALL = 10, PARTS = 4, LOG_PARTS = 2, LOG_LARGEST = 47 };
enum { CLASSES = FEW + PARTS * (LOG_LARGEST - LOG_SMALL), REGION = 1 << 20 };

/* Before each block: its class, or, before an aligned piece of one, where that block begins. */
struct head {
    size_t class;
    struct head *next;
};
_Static_assert(sizeof(struct head) == STEP, "blocks are aligned to 16 bytes");

static struct head *freed[CLASSES];
static char *place, *end;
static int held;

static void hold(void) {
    while (__atomic_exchange_n(&held, 1, __ATOMIC_ACQUIRE))
        sched_yield();
}

static void release(void) { __atomic_store_n(&held, 0, __ATOMIC_RELEASE); }

/* A fork while another thread holds it would leave the child waiting for ever. */
__attribute__((constructor)) static void forks(void) { pthread_atfork(hold, release, release); }

static size_t class_of(size_t size) {
    if (size <= SMALL)
        return size ? (size - 1) / STEP : 0;
    size_t log = 63 - __builtin_clzll(size - 1);
    return FEW + (log - LOG_SMALL) * PARTS + ((size - 1) >> (log - LOG_PARTS)) - PARTS;
}

static size_t room_of(size_t class) {
    if (class < FEW)
        return (class + 1) * STEP;
    size_t log = (class - FEW) / PARTS + LOG_SMALL, part = (class - FEW) % PARTS;
    return (PARTS + part + 1) << (log - LOG_PARTS);
}

static struct head *cut(size_t room) {
    if ((size_t)(end - place) < room) {
        size_t region = room > REGION ? room : REGION;
        char *got = mmap(NULL, region, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (got == MAP_FAILED)
            return NULL;
        place = got, end = got + region;
    }
    struct head *one = (struct head *)place;
    place += room;
    return one;
}

void *malloc(size_t size) {
    size_t class = size >> LOG_LARGEST ? CLASSES : class_of(size);
    struct head *one = NULL;
    if (class < CLASSES) {
        hold();
        if ((one = freed[class]))
            freed[class] = one->next;
        else
            one = cut(room_of(class) + sizeof *one);
        release();
    }
    if (!one) {
        errno = ENOMEM;
        return NULL;
    }
    one->class = class;
    return one + 1;
}

static struct head *head_of(void *given) {
    struct head *one = (struct head *)given - 1;
    return one->class < CLASSES ? one : (struct head *)one->class - 1;
}

void free(void *given) {
    if (!given)
        return;
    struct head *one = head_of(given);
    hold();
    one->next = freed[one->class];
    freed[one->class] = one;
    release();
}

size_t malloc_usable_size(void *given) {
    if (!given)
        return 0;
    struct head *one = head_of(given);
    return room_of(one->class) - (size_t)((char *)given - (char *)(one + 1));
}

void *calloc(size_t many, size_t size) {
    size_t all;
    if (__builtin_mul_overflow(many, size, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    void *got = malloc(all);
    return got ? memset(got, 0, all) : NULL;
}

void *realloc(void *given, size_t size) {
    size_t room = malloc_usable_size(given);
    if (given && size && size <= room && class_of(size) == class_of(room))
        return given;
    void *got = malloc(size);
    if (got && given) {
        memcpy(got, given, size < room ? size : room);
        free(given);
    }
    return got;
}

void *memalign(size_t align, size_t size) {
    if (align <= STEP)
        return malloc(size);
    size_t all;
    char *whole = __builtin_add_overflow(size, align, &all) ? NULL : malloc(all);
    if (!whole)
        return NULL;
    char *piece = (char *)(((uintptr_t)whole + align - 1) & ~(uintptr_t)(align - 1));
    if (piece != whole)
        ((struct head *)piece - 1)->class = (size_t)whole;
    return piece;
}

void *aligned_alloc(size_t align, size_t size) { return memalign(align, size); }

int posix_memalign(void **out, size_t align, size_t size) {
    void *got = memalign(align, size);
    if (!got)
        return ENOMEM;
    *out = got;
    return 0;
}

void *valloc(size_t size) { return memalign((size_t)sysconf(_SC_PAGESIZE), size); }

void *pvalloc(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return memalign(page, (size + page - 1) & ~(page - 1));
}
