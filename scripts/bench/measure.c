/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program with its output to /dev/null, and prints the milliseconds that it took and the
 * most memory that it had, in kB:
 *
 *   measure COMMAND [ARGUMENT...]
 *
 * A status of the command up to 2 is a verdict; any other ends this with 3.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ll + ts.tv_nsec / 1000;
}

static double to_ms(const struct timeval *t)
{
	return (double)t->tv_sec * 1000 + (double)t->tv_usec / 1000;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	long long begin = now_us();
	int status;
	pid_t pid;

	if (argc < 2)
		return 3;
	pid = fork();
	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY);

		if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
			execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) > 2)
		return 3;
	printf("%.1f %.1f %ld\n", (double)(now_us() - begin) / 1000,
	       to_ms(&usage.ru_utime) + to_ms(&usage.ru_stime), usage.ru_maxrss);
	return 0;
}
