/* What has qemu-user count a process's instructions: a plug-in of QEMU's, for its versions 7 to 10.

   Each translated block, when it runs, adds its length to the count of the processor (a thread) that runs it. The
   process says when by a seek of /dev/null to a place whose upper half is MARK (harness/worker/marks.py): that all
   counts are to be written, or what they belong to. The functions that are used are declared here, since few
   distributions have their header; in these versions they are the same. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MARK 0x6d61726bu
#define MANY 65536

enum { WRITE, STOP, CHARGE };
typedef uint64_t Id;
struct qemu_plugin_tb;

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
void qemu_plugin_register_vcpu_tb_trans_cb(Id, void (*)(Id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int, void *);
void qemu_plugin_register_vcpu_syscall_cb(Id, void (*)(Id, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                                                       uint64_t, uint64_t, uint64_t, uint64_t));

int qemu_plugin_version = API;

static struct { uint64_t count, stopped, charged; } cpus[MANY];
static struct { uint64_t count, times; } owners[MANY];
static FILE *out;

static void ran(unsigned cpu, void *length) { cpus[cpu % MANY].count += (uintptr_t)length; }

static void translated(Id id, struct qemu_plugin_tb *block) {
    qemu_plugin_register_vcpu_tb_exec_cb(block, ran, 0, (void *)qemu_plugin_tb_n_insns(block));
}

static void written(void) {
    uint64_t total = 0;
    for (unsigned cpu = 0; cpu < MANY; cpu++)
        total += cpus[cpu].count;
    fprintf(out, "total %llu\n", (unsigned long long)total);
    for (unsigned one = 0; one < MANY; one++)
        if (owners[one].times)
            fprintf(out, "own %u %llu %llu\n", one, (unsigned long long)owners[one].count,
                    (unsigned long long)owners[one].times);
    fflush(out);
}

/* What ran on a processor from one charge to the next stop belongs to an owner; what ran from there on to nobody. */
static void charged(unsigned cpu, unsigned owner) {
    uint64_t spent = cpus[cpu].stopped - cpus[cpu].charged;
    __atomic_fetch_add(&owners[owner].count, spent, __ATOMIC_RELAXED);
    __atomic_fetch_add(&owners[owner].times, 1, __ATOMIC_RELAXED);
    cpus[cpu].charged = cpus[cpu].count;
}

static void called(Id id, unsigned cpu, int64_t number, uint64_t file, uint64_t place, uint64_t c, uint64_t d,
                   uint64_t e, uint64_t f, uint64_t g, uint64_t h) {
    if (place >> 32 != MARK)
        return;
    cpu %= MANY;
    switch ((place >> 28) & 15) {
    case WRITE: written(); break;
    case STOP: cpus[cpu].stopped = cpus[cpu].count; break;
    case CHARGE: charged(cpu, place % MANY); break;
    }
}

__attribute__((visibility("default"))) int qemu_plugin_install(Id id, const void *about, int argc, char **argv) {
    if (argc != 1 || strncmp(argv[0], "out=", 4) || !(out = fopen(argv[0] + 4, "w")))
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_vcpu_syscall_cb(id, called);
    return 0;
}
