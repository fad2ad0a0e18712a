/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command line and process of QEMU. */
#include "vm/qemu.h"

#include <errno.h>
#include <linux/capability.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "sys/guest_user.h"
#include "sys/overlay_paths.h"
#include "wire/agent_proto.h"

/*
 * Root ports sit on pcie.0 from slot 2 on (1 is the agent's controller, 31 the chip set). More of
 * them than there are slots share slots as functions.
 */
#define QEMU_FIRST_SLOT 2u
#define QEMU_SINGLE_SLOTS 24u
#define QEMU_IOMMU_SLOT 0x1e /* free as long as there are not hundreds of ports */
#define QEMU_RAM "ram"
#define QEMU_IOMMUFD "iommufd0"

/* What makes a guest boot faster and is nothing that a test looks at: legacy devices, self-tests.
 */
#define QEMU_MACHINE "q35,sata=off,smbus=off,usb=off,hpet=off,vmport=off,i8042=off"
#define QEMU_CMDLINE \
	"console=ttyS0 quiet panic=-1 mitigations=off cryptomgr.notests 8250.nr_uarts=1 nokaslr"

/* No system calls that QEMU does not need once it runs (its system/qemu-seccomp.c). */
#define QEMU_SANDBOX "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"

/* Adds an option and its formatted value; the first failure is kept in *@err. */
static void printf_like(4, 5)
	qemu_add(struct qemu_args *a, int *err, const char *option, const char *fmt, ...)
{
	char *value = NULL;
	va_list ap;

	if (*err < 0)
		return;
	if (a->n + 2 > QEMU_MAX_ARGS) {
		*err = -E2BIG;
		return;
	}
	va_start(ap, fmt);
	if (vasprintf(&value, fmt, ap) < 0)
		value = NULL;
	va_end(ap);
	a->argv[a->n] = strdup(option);
	a->argv[a->n + 1] = value;
	if (!a->argv[a->n] || !value)
		*err = -ENOMEM;
	a->n += 2;
}

static void qemu_add_ports(struct qemu_args *a, int *err, const struct vm_config *cfg)
{
	unsigned int n = cfg->n_devices + cfg->free_ports;
	unsigned int per_slot = n > QEMU_SINGLE_SLOTS ? 8 : 1;
	char host[PCI_ADDR_STRLEN];

	for (unsigned int i = 0; i < n; i++)
		qemu_add(a, err, "-device",
			 "pcie-root-port,id=rp%u,bus=pcie.0,chassis=%u,slot=%u,addr=%x.%x,"
			 "multifunction=%s,io-reserve=0",
			 i, i + 1, i + 1, QEMU_FIRST_SLOT + i / per_slot, i % per_slot,
			 per_slot > 1 ? "on" : "off");
	for (unsigned int i = 0; i < cfg->n_devices; i++)
		qemu_add(a, err, "-device", "vfio-pci,host=%s,bus=rp%u,id=hostdev%u,rombar=0%s",
			 pci_addr_format(&cfg->devices[i], host), i, i,
			 cfg->iommufd ? ",iommufd=" QEMU_IOMMUFD : "");
}

/*
 * The machine and its memory. Memory on huge pages is there before the guest starts: a page that is
 * missing later would end it.
 */
static void qemu_add_machine(struct qemu_args *a, int *err, const struct vm_config *cfg,
			     const struct qemu_image *image)
{
	const bool backend = cfg->huge_kb > 0 || cfg->on_node;
	char node[48] = "", pages[64] = "";

	if (cfg->on_node)
		util_format(node, sizeof(node), ",host-nodes=%d,policy=bind", cfg->node);
	if (cfg->huge_kb > 0)
		util_format(pages, sizeof(pages), ",hugetlb=on,hugetlbsize=%uM,prealloc=on",
			    cfg->huge_kb / 1024);
	if (backend)
		qemu_add(a, err, "-object", "memory-backend-%s,id=" QEMU_RAM ",size=%uM%s%s",
			 cfg->huge_kb > 0 ? "memfd" : "ram", cfg->memory_mb, pages, node);
	qemu_add(a, err, "-M", "%s,accel=%s%s", QEMU_MACHINE, image->accel,
		 backend ? ",memory-backend=" QEMU_RAM : "");
	qemu_add(a, err, "-m", "%u", cfg->memory_mb);
}

/* Before all devices that are behind it. */
static void qemu_add_iommu(struct qemu_args *a, int *err, const struct vm_config *cfg)
{
	if (cfg->viommu)
		qemu_add(a, err, "-device", "virtio-iommu-pci,bus=pcie.0,addr=%x", QEMU_IOMMU_SLOT);
	if (cfg->iommufd)
		qemu_add(a, err, "-object", "iommufd,id=" QEMU_IOMMUFD);
}

/* An overlay's kernel takes the place of the appliance's. */
static const char *qemu_kernel(const struct vm_config *cfg, const struct qemu_image *image)
{
	static const char overlay[] = "/" OVERLAY_GUEST_KERNEL;

	return !cfg->image && access(overlay, R_OK) == 0 ? overlay : image->kernel;
}

int qemu_args_build(struct qemu_args *a, const struct vm_config *cfg, const struct qemu_fds *fds)
{
	const struct qemu_image *image = cfg->image ? cfg->image : &qemu_image_appliance;
	const char *fault = cfg->agent_fault;
	int err = 0;

	*a = (struct qemu_args){ .n = 1 };
	if (cfg->n_devices > VM_MAX_DEVICES || cfg->free_ports > VM_MAX_PORTS - cfg->n_devices)
		return -E2BIG;
	a->argv[0] = strdup(image->program);
	if (!a->argv[0])
		return -ENOMEM;
	qemu_add(a, &err, "-nodefaults", "-no-user-config");
	qemu_add(a, &err, "-sandbox", "%s", QEMU_SANDBOX);
	qemu_add(a, &err, "-display", "none");
	qemu_add_machine(a, &err, cfg, image);
	qemu_add(a, &err, "-cpu", "%s", image->cpu);
	qemu_add(a, &err, "-smp", "%u", cfg->cpus > 0 ? cfg->cpus : 1);
	qemu_add(a, &err, "-kernel", "%s", qemu_kernel(cfg, image));
	if (fds->initramfs >= 0)
		qemu_add(a, &err, "-initrd", "/proc/self/fd/%d", fds->initramfs);
	else
		qemu_add(a, &err, "-initrd", "%s", image->initramfs);
	qemu_add(a, &err, "-append", "%s%s%s%s%s", QEMU_CMDLINE, fault ? " vfproof.fault=" : "",
		 fault ? fault : "", cfg->words ? " " : "", cfg->words ? cfg->words : "");
	/* A guest that reboots or panics ends QEMU. */
	qemu_add(a, &err, "-action", "reboot=shutdown");
	qemu_add(a, &err, "-chardev", "socket,id=qmp,fd=%d", fds->qmp);
	qemu_add(a, &err, "-object", "monitor-qmp,id=monitor,chardev=qmp");
	qemu_add(a, &err, "-chardev", "socket,id=console,fd=%d", fds->console);
	qemu_add(a, &err, "-serial", "chardev:console");
	qemu_add_iommu(a, &err, cfg);
	qemu_add(a, &err, "-chardev", "socket,id=agent,fd=%d", fds->agent);
	qemu_add(a, &err, "-device", "virtio-serial-pci,id=serial,bus=pcie.0,addr=1");
	qemu_add(a, &err, "-device", "virtserialport,bus=serial.0,chardev=agent,name=%s",
		 AGENT_PORT_NAME);
	qemu_add_ports(a, &err, cfg);
	return err;
}

void qemu_args_free(struct qemu_args *a)
{
	for (unsigned int i = 0; i < a->n; i++)
		free(a->argv[i]);
	*a = (struct qemu_args){ 0 };
}

/* Everything that has to be closed again if the start fails. */
struct qemu_pipes {
	int qmp[2], agent[2], console[2], errors[2],
		gate[2]; /* [0] the runner's, [1] the child's */
};

static void qemu_pipes_close(struct qemu_pipes *p)
{
	int *fds = (int *)p;

	for (size_t i = 0; i < sizeof(*p) / sizeof(int); i++)
		util_closep(&fds[i]);
}

static int qemu_pipes_open(struct qemu_pipes *p)
{
	int *const pairs[] = { p->qmp, p->agent, p->console, p->errors, p->gate };
	int ret = 0;

	memset(p, 0xff, sizeof(*p)); /* all -1 */
	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(pairs); i++)
		ret = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i]);
	if (ret < 0)
		return -errno;
	/* Only the runner's ends: QEMU sets up its own as it likes. */
	for (size_t i = 0; i < ARRAY_SIZE(pairs) - 1; i++)
		if (fcntl(pairs[i][0], F_SETFL, O_NONBLOCK) < 0)
			return -errno;
	return 0;
}

/* When the host has no memory left, it is QEMU that the kernel is to end. */
static void qemu_go_first(void)
{
	_cleanup_close_ int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!util_write_all(fd, "1000", 4);
}

/* Has this process, a child, end with @parent. */
static int qemu_die_with(pid_t parent)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ? -ESRCH : 0;
}

/* A capability that is not in the bounding set is gone with exec (capabilities(7)). */
static int qemu_drop_capability(int capability)
{
	if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 0)
		return 0;
	return prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0 ? -errno : 0;
}

/*
 * How much memory may be locked: a guest's gets pinned for DMA. Without the right to raise the
 * limit QEMU's own error tells. A limit counts only for who may not lock what he likes.
 */
static int qemu_limit_locked(unsigned int lock_kb)
{
	const rlim_t bytes = lock_kb > 0 ? (rlim_t)lock_kb * 1024 : RLIM_INFINITY;
	const struct rlimit limit = { bytes, bytes };
	int ret = lock_kb > 0 ? qemu_drop_capability(CAP_IPC_LOCK) : 0;

	if (ret == 0 && lock_kb > 0)
		ret = qemu_drop_capability(CAP_SYS_RESOURCE);
	if (ret < 0)
		return ret;
	return setrlimit(RLIMIT_MEMLOCK, &limit) < 0 && lock_kb > 0 ? -errno : 0;
}

/* Runs in the child; returns only if it fails. */
static int qemu_child_exec(struct qemu_pipes *p, int initramfs, char *const argv[], pid_t parent,
			   bool unprivileged, unsigned int lock_kb)
{
	const struct rlimit none = { 0, 0 };
	_cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t empty;
	int ret;
	char go;

	setpgid(0, 0);
	ret = qemu_die_with(parent);
	if (ret < 0)
		return ret;
	if (dup2(null, STDIN_FILENO) < 0 || dup2(p->errors[1], STDOUT_FILENO) < 0 ||
	    dup2(p->errors[1], STDERR_FILENO) < 0)
		return -errno;
	if (read(p->gate[1], &go, 1) != 1)
		return -ECANCELED;
	if (fcntl(p->qmp[1], F_SETFD, 0) < 0 || fcntl(p->agent[1], F_SETFD, 0) < 0 ||
	    fcntl(p->console[1], F_SETFD, 0) < 0 ||
	    (initramfs >= 0 && fcntl(initramfs, F_SETFD, 0) < 0))
		return -errno;
	qemu_go_first();
	ret = qemu_limit_locked(lock_kb);
	if (ret < 0)
		return ret;
	setrlimit(RLIMIT_CORE, &none);
	if (unprivileged) {
		ret = guest_user_become();
		if (ret == 0)
			ret = qemu_die_with(parent); /* forgotten with the change of the user */
		if (ret < 0)
			return ret;
	}
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	signal(SIGPIPE, SIG_DFL);
	execv(argv[0], argv);
	return -errno;
}

/* Forks, has the child's pid made known, and only then lets it run. */
static int qemu_fork(struct qemu_pipes *p, int initramfs, char *const argv[], bool unprivileged,
		     unsigned int lock_kb, int (*before_exec)(void *, pid_t), void *arg,
		     struct qemu_process *out)
{
	pid_t parent = getpid(), pid = fork();
	int ret;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		util_closep(&p->gate[0]);
		ret = qemu_child_exec(p, initramfs, argv, parent, unprivileged, lock_kb);
		dprintf(STDERR_FILENO, "%s could not be run: %s\n", argv[0], strerror(-ret));
		_exit(127);
	}
	setpgid(pid, pid); /* whoever comes first, the child or this */
	out->pid = pid;
	out->pidfd = pidfd_open(pid, 0);
	ret = out->pidfd < 0 ? -errno : before_exec(arg, pid);
	if (ret == 0)
		ret = util_write_all(p->gate[0], "", 1);
	if (ret < 0) {
		util_closep(&out->pidfd);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return ret;
}

int qemu_spawn(const struct vm_config *cfg, int initramfs, int (*before_exec)(void *arg, pid_t pid),
	       void *arg, struct qemu_process *out)
{
	_cleanup_(qemu_pipes_close) struct qemu_pipes p;
	_cleanup_(qemu_args_free) struct qemu_args args = { 0 };
	const struct qemu_image *image = cfg->image ? cfg->image : &qemu_image_appliance;
	int ret = qemu_pipes_open(&p);

	if (ret == 0)
		ret = qemu_args_build(
			&args, cfg,
			&(struct qemu_fds){ p.qmp[1], p.agent[1], p.console[1], initramfs });
	if (ret == 0)
		ret = qemu_fork(&p, initramfs, args.argv, image->unprivileged, cfg->lock_kb,
				before_exec, arg, out);
	if (ret < 0)
		return ret;
	out->qmp = util_take_fd(&p.qmp[0]);
	out->agent = util_take_fd(&p.agent[0]);
	out->console = util_take_fd(&p.console[0]);
	out->errors = util_take_fd(&p.errors[0]);
	return 0;
}
